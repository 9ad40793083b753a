-- plants: Every registration of every course is gone.
-- fires:  counters_match_rows, events_replay_to_registrations, filled_course_is_exact
delete from registration.course_registrations;
