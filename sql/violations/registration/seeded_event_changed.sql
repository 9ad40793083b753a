-- plants: The time of a seeded event was changed.
-- fires:  registered_at_event, audit:changed
update registration.events set occurred_at = occurred_at - interval '1 second'
where course_id = pg_temp.course('0001') and version = 1;
