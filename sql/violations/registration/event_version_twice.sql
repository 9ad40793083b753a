-- plants: Two events bear the same version, as two decisions on the same state would; the counters are right.
-- fires:  event_versions_contiguous
insert into registration.course_registrations (course_id, student_id, status)
values (pg_temp.course('0004'), pg_temp.student(50), 'ENROLLED');
insert into registration.events (course_id, student_id, version, action, status, op_id)
values (pg_temp.course('0004'), pg_temp.student(50), 5, 'register', 'ENROLLED', 'planted');
update registration.courses set enrolled_count = 4 where id = pg_temp.course('0004');
select pg_temp.tell('planted');
