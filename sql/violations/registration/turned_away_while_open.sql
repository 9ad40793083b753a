-- plants: A student was told that the window is closed while it was open.
-- fires:  audit:refused_wrongly
insert into registration.events (course_id, student_id, action, refusal, op_id)
values (pg_temp.course('0005'), pg_temp.student(50), 'register', 'registration_closed', 'planted');
select pg_temp.tell('planted');
