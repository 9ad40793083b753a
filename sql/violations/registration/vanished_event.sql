-- plants: The event of one seat is gone.
-- fires:  event_versions_contiguous, events_replay_to_registrations, events_respect_limits, registered_at_event, audit:changed
delete from registration.events where course_id = pg_temp.course('0002') and version = 3;
