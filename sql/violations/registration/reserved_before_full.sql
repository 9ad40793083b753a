-- plants: The first student of a course is sent into the queue although every seat is free.
-- fires:  reserves_only_while_full, events_respect_limits, filled_course_is_exact
insert into registration.course_registrations (course_id, student_id, status, reserve_position)
values (pg_temp.course('0006'), pg_temp.student(50), 'RESERVED', 1);
insert into registration.events (course_id, student_id, version, action, status, reserve_position, op_id)
values (pg_temp.course('0006'), pg_temp.student(50), 1, 'register', 'RESERVED', 1, 'planted');
update registration.courses set reserved_count = 1, version = 1 where id = pg_temp.course('0006');
select pg_temp.tell('planted');
