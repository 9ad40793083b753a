-- plants: Two students read one free seat and both take it: the second write of the counter and the version hides the first.
-- fires:  enrolled_within_capacity, counters_match_rows, event_versions_contiguous, events_respect_limits, filled_course_is_exact, audit:reordered, audit:read_wrongly
insert into registration.course_registrations (course_id, student_id, status)
values (pg_temp.course('0003'), pg_temp.student(50), 'ENROLLED');
insert into registration.events (course_id, student_id, version, action, status, op_id)
values (pg_temp.course('0003'), pg_temp.student(50), 5, 'register', 'ENROLLED', 'planted');
select pg_temp.tell('planted');
