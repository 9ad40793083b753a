-- plants: While another student's drop got no answer, a student was shown the place that it freed, and then the old one.
-- fires:  audit:went_back
insert into registration.events (course_id, student_id, version, action, status, reserve_position, op_id)
values (pg_temp.course('0003'), pg_temp.student(38), 9, 'drop', 'RESERVED', 1, 'planted');
delete from registration.course_registrations where course_id = pg_temp.course('0003') and student_id = pg_temp.student(38);
select pg_temp.look('old', 39);
update registration.course_registrations set reserve_position = reserve_position - 1
where course_id = pg_temp.course('0003') and status = 'RESERVED';
update registration.courses set reserved_count = 2, version = 9 where id = pg_temp.course('0003');
select pg_temp.tell('planted');
update operations set outcome = 'unknown', code = 'timeout', completed_at = null, answer = null
where op_id = 'planted';
select pg_temp.look('new', 39);
update operations set invoked_at = t, completed_at = t + 0.0005 from pg_temp.tick() t where op_id = 'old';
