-- plants: A course forgot everything: its registrations, its events, its counters and its version.
-- fires:  audit:lost, audit:read_wrongly
delete from registration.course_registrations where course_id = pg_temp.course('0004');
delete from registration.events where course_id = pg_temp.course('0004');
update registration.courses set enrolled_count = 0, version = 0 where id = pg_temp.course('0004');
