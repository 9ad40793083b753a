-- plants: A second drop of the same registration frees a second seat.
-- fires:  counters_match_rows, event_transitions_legal, audit:drop_gives_up_held_position
insert into registration.events (course_id, student_id, version, action, status, op_id)
values (pg_temp.course('0004'), pg_temp.student(45), 6, 'drop', 'ENROLLED', 'planted');
update registration.courses set enrolled_count = 2, version = 6 where id = pg_temp.course('0004');
select pg_temp.tell('planted');
