-- plants: The last in the queue moved up although nobody had left.
-- fires:  reserve_positions_contiguous, reserve_position_unique, events_replay_to_registrations
update registration.course_registrations set reserve_position = 2
where course_id = pg_temp.course('0003') and student_id = pg_temp.student(41);
