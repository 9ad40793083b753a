-- plants: A student who has dropped was told of the old registration: a stale read by the writer.
-- fires:  audit:refused_wrongly
insert into registration.events (course_id, student_id, action, refusal, op_id)
values (pg_temp.course('0004'), pg_temp.student(45), 'register', 'already_registered', 'planted');
select pg_temp.tell('planted');
