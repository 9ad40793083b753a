-- plants: A student who clicks twice is not found registered by either request.
-- fires:  one_registration_per_student, counters_match_rows, event_versions_contiguous, event_transitions_legal, filled_course_is_exact
insert into registration.course_registrations (course_id, student_id, status)
values (pg_temp.course('0005'), pg_temp.student(46), 'ENROLLED');
insert into registration.events (course_id, student_id, version, action, status, op_id)
values (pg_temp.course('0005'), pg_temp.student(46), 1, 'register', 'ENROLLED', 'planted');
select pg_temp.tell('planted');
