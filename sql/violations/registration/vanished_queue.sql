-- plants: The whole queue of a course is gone without a drop.
-- fires:  counters_match_rows, events_replay_to_registrations
delete from registration.course_registrations where course_id = pg_temp.course('0002') and status = 'RESERVED';
