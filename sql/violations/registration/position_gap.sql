-- plants: A student left the queue and those behind did not move up.
-- fires:  reserve_positions_contiguous, events_replay_to_registrations
update registration.course_registrations set reserve_position = 4
where course_id = pg_temp.course('0003') and student_id = pg_temp.student(41);
