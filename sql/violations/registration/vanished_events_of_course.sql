-- plants: Every event of a course is gone.
-- fires:  event_versions_contiguous, events_replay_to_registrations, registered_at_event, audit:changed, audit:lost, audit:refused_wrongly
delete from registration.events where course_id = pg_temp.course('0001');
