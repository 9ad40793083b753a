-- plants: Two students read one free place in the queue and both take it, at the same position.
-- fires:  reserved_within_limit, reserve_positions_contiguous, reserve_position_unique, counters_match_rows, event_versions_contiguous, events_respect_limits, filled_course_is_exact
insert into registration.course_registrations (course_id, student_id, status, reserve_position)
values (pg_temp.course('0001'), pg_temp.student(50), 'RESERVED', 4);
insert into registration.events (course_id, student_id, version, action, status, reserve_position, op_id)
values (pg_temp.course('0001'), pg_temp.student(50), 9, 'register', 'RESERVED', 4, 'planted');
select pg_temp.tell('planted');
