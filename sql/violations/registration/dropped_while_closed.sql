-- plants: A student dropped after the window was closed: only the event tells.
-- fires:  registered_within_window, audit:mismatched
update registration.events
set occurred_at = (select max(registration_end) + interval '1 second' from registration.semesters)
where op_id = 'left';
