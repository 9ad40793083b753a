-- plants: A student registered before the window opened and has dropped since: only the event tells.
-- fires:  registered_within_window, audit:mismatched
update registration.events
set occurred_at = (select min(registration_start) - interval '1 second' from registration.semesters)
where op_id = 'came';
