-- plants: An event names a course that does not exist.
-- fires:  event_versions_contiguous, events_replay_to_registrations
insert into registration.events (course_id, student_id, version, action, status, op_id)
values ('00000000-0000-0000-0000-000000000001', pg_temp.student(50), 1, 'register', 'ENROLLED', 'planted');
select pg_temp.tell('planted');
