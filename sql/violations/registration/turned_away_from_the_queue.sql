-- plants: A student was told that the course is full while its queue had a place left.
-- fires:  filled_course_is_exact, audit:refused_wrongly
insert into registration.events (course_id, student_id, action, refusal, op_id)
values (pg_temp.course('0003'), pg_temp.student(50), 'register', 'course_full', 'planted');
select pg_temp.tell('planted');
