-- plants: A student who is registered registers again and is counted twice.
-- fires:  counters_match_rows, event_transitions_legal
insert into registration.events (course_id, student_id, version, action, status, op_id)
values (pg_temp.course('0005'), pg_temp.student(46), 2, 'register', 'ENROLLED', 'planted');
update registration.courses set enrolled_count = 2, version = 2 where id = pg_temp.course('0005');
select pg_temp.tell('planted');
