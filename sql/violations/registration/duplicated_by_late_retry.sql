-- plants: A register arrives again after the student has dropped, and the key is not recognised.
-- fires:  audit:changed, audit:duplicated, audit:reordered, audit:read_wrongly
drop index registration.events_op_id_key;
insert into registration.course_registrations (course_id, student_id, status)
values (pg_temp.course('0004'), pg_temp.student(45), 'ENROLLED');
insert into registration.events (course_id, student_id, version, action, status, op_id)
values (pg_temp.course('0004'), pg_temp.student(45), 6, 'register', 'ENROLLED', 'came');
update registration.courses set enrolled_count = 4, version = 6 where id = pg_temp.course('0004');
