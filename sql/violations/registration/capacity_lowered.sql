-- plants: A course has fewer seats than are taken, and nobody waits.
-- fires:  enrolled_within_capacity, events_respect_limits, audit:changed, audit:read_wrongly
update registration.courses set max_capacity = 2 where id = pg_temp.course('0004');
