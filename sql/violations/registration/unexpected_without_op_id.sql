-- plants: A student outside the run takes a seat, without a key.
-- fires:  audit:unexpected
insert into registration.course_registrations (course_id, student_id, status)
values (pg_temp.course('0005'), pg_temp.student(50), 'ENROLLED');
insert into registration.events (course_id, student_id, version, action, status)
values (pg_temp.course('0005'), pg_temp.student(50), 2, 'register', 'ENROLLED');
update registration.courses set enrolled_count = 2, version = 2 where id = pg_temp.course('0005');
