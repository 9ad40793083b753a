-- plants: A seat became free and nobody was promoted.
-- fires:  reserves_only_while_full, events_respect_limits
delete from registration.course_registrations where course_id = pg_temp.course('0003') and student_id = pg_temp.student(33);
insert into registration.events (course_id, student_id, version, action, status, op_id)
values (pg_temp.course('0003'), pg_temp.student(33), 9, 'drop', 'ENROLLED', 'planted');
update registration.courses set enrolled_count = 4, version = 9 where id = pg_temp.course('0003');
select pg_temp.tell('planted');
