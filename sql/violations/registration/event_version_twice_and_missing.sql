-- plants: One version twice and the next one never: number, first and last are right.
-- fires:  event_versions_contiguous, audit:changed
update registration.events set version = 3 where course_id = pg_temp.course('0001') and version = 4;
