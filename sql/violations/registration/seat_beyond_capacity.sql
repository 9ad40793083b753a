-- plants: A seat is given that the course does not have, and everything else is kept right.
-- fires:  enrolled_within_capacity, events_respect_limits
insert into registration.course_registrations (course_id, student_id, status)
values (pg_temp.course('0002'), pg_temp.student(50), 'ENROLLED');
insert into registration.events (course_id, student_id, version, action, status, op_id)
values (pg_temp.course('0002'), pg_temp.student(50), 27, 'register', 'ENROLLED', 'planted');
update registration.courses set enrolled_count = 21, version = 27 where id = pg_temp.course('0002');
select pg_temp.tell('planted');
