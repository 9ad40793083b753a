-- plants: A registration is older than its event.
-- fires:  registered_at_event
update registration.course_registrations set created_at = created_at - interval '1 second'
where course_id = pg_temp.course('0004') and student_id = pg_temp.student(40);
