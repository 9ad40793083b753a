-- plants: A course was renamed.
-- fires:  audit:changed, audit:read_wrongly
update registration.courses set course_name = 'Alchemy 0006' where id = pg_temp.course('0006');
