-- plants: Two students changed places in the queue.
-- fires:  events_replay_to_registrations
update registration.course_registrations set reserve_position = 3 - reserve_position
where course_id = pg_temp.course('0003') and reserve_position < 3;
