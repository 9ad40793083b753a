-- plants: A student in the queue drops a seat; the head of the queue is promoted into a seat that was not given up.
-- fires:  enrolled_within_capacity, event_transitions_legal, audit:drop_gives_up_held_position
delete from registration.course_registrations where course_id = pg_temp.course('0002') and student_id = pg_temp.student(32);
update registration.course_registrations set status = 'ENROLLED', reserve_position = null
where course_id = pg_temp.course('0002') and student_id = pg_temp.student(30);
insert into registration.events
    (course_id, student_id, version, action, status, promoted_student_id, promoted_from_position, op_id)
values (pg_temp.course('0002'), pg_temp.student(32), 27, 'drop', 'ENROLLED', pg_temp.student(30), 1, 'planted');
update registration.courses set enrolled_count = 21, reserved_count = 0, version = 27 where id = pg_temp.course('0002');
select pg_temp.tell('planted');
