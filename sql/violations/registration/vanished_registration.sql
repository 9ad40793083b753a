-- plants: A registration is gone without a drop.
-- fires:  counters_match_rows, events_replay_to_registrations
delete from registration.course_registrations where course_id = pg_temp.course('0004') and student_id = pg_temp.student(40);
