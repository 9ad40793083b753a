-- plants: A student is told that the course is full while it has free seats.
-- fires:  filled_course_is_exact, audit:refused_wrongly
insert into registration.events (course_id, student_id, action, refusal, op_id)
values (pg_temp.course('0005'), pg_temp.student(50), 'register', 'course_full', 'planted');
select pg_temp.tell('planted');
