-- plants: A seat became free and went to a newcomer instead of the queue: the course is full again, only the history tells.
-- fires:  events_respect_limits
delete from registration.course_registrations where course_id = pg_temp.course('0003') and student_id = pg_temp.student(33);
insert into registration.course_registrations (course_id, student_id, status)
values (pg_temp.course('0003'), pg_temp.student(50), 'ENROLLED');
insert into registration.events (course_id, student_id, version, action, status, op_id) values
    (pg_temp.course('0003'), pg_temp.student(33), 9, 'drop', 'ENROLLED', 'planted-drop'),
    (pg_temp.course('0003'), pg_temp.student(50), 10, 'register', 'ENROLLED', 'planted-register');
update registration.courses set version = 10 where id = pg_temp.course('0003');
select pg_temp.tell('planted-drop'), pg_temp.tell('planted-register');
