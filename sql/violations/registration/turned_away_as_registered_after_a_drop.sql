-- plants: A register after a drop is refused as already_registered: a stale read by the writer.
-- fires:  audit:refused_wrongly
insert into registration.events (course_id, student_id, action, refusal, op_id)
values (pg_temp.course('0004'), pg_temp.student(45), 'register', 'already_registered', 'planted');
select pg_temp.tell('planted');
