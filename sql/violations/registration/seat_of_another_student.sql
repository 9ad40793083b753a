-- plants: A seat stands in another student's name than the one who registered.
-- fires:  events_replay_to_registrations, registered_at_event
update registration.course_registrations set student_id = pg_temp.student(50)
where course_id = pg_temp.course('0004') and student_id = pg_temp.student(40);
