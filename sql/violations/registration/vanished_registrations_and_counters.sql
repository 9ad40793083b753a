-- plants: Every registration of a course is gone, and the counters with them.
-- fires:  events_replay_to_registrations
delete from registration.course_registrations where course_id = pg_temp.course('0002');
update registration.courses set enrolled_count = 0, reserved_count = 0 where id = pg_temp.course('0002');
