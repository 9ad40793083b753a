-- plants: A version was counted whose event was never written.
-- fires:  event_versions_contiguous
update registration.courses set version = version + 1 where id = pg_temp.course('0004');
