-- plants: A student was told of a registration that another student holds.
-- fires:  audit:refused_wrongly
insert into registration.events (course_id, student_id, action, refusal, op_id)
values (pg_temp.course('0005'), pg_temp.student(50), 'register', 'already_registered', 'planted');
select pg_temp.tell('planted');
