-- plants: A place in the queue is given that the queue does not have, and everything else is kept right.
-- fires:  reserved_within_limit, events_respect_limits, filled_course_is_exact
insert into registration.course_registrations (course_id, student_id, status, reserve_position)
values (pg_temp.course('0001'), pg_temp.student(50), 'RESERVED', 5);
insert into registration.events (course_id, student_id, version, action, status, reserve_position, op_id)
values (pg_temp.course('0001'), pg_temp.student(50), 10, 'register', 'RESERVED', 5, 'planted');
update registration.courses set reserved_count = 5, version = 10 where id = pg_temp.course('0001');
select pg_temp.tell('planted');
