-- plants: The second of the queue was once given position 1.
-- fires:  events_respect_limits, audit:changed
update registration.events set reserve_position = 1
where course_id = pg_temp.course('0003') and student_id = pg_temp.student(39);
