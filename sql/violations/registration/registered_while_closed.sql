-- plants: A student registers for a course of a semester whose window is closed.
-- fires:  registered_within_window
insert into registration.course_registrations (course_id, student_id, status)
select id, pg_temp.student(50), 'ENROLLED' from registration.courses where course_name = 'Algorithms';
insert into registration.events (course_id, student_id, version, action, status, op_id)
select id, pg_temp.student(50), 1, 'register', 'ENROLLED', 'planted'
from registration.courses where course_name = 'Algorithms';
update registration.courses set enrolled_count = 1, version = 1 where course_name = 'Algorithms';
select pg_temp.tell('planted');
