-- plants: A student who holds a seat was told that there is nothing to drop.
-- fires:  audit:refused_wrongly
insert into registration.events (course_id, student_id, action, refusal, op_id)
values (pg_temp.course('0005'), pg_temp.student(46), 'drop', 'not_registered', 'planted');
select pg_temp.tell('planted');
