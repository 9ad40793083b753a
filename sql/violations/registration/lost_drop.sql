-- plants: A drop was acknowledged and rolled back.
-- fires:  audit:lost, audit:read_wrongly
insert into registration.course_registrations (course_id, student_id, status)
values (pg_temp.course('0004'), pg_temp.student(45), 'ENROLLED');
delete from registration.events where op_id = 'left';
update registration.courses set enrolled_count = 4, version = 4 where id = pg_temp.course('0004');
