-- plants: A student was told that there is no such course, and there is.
-- fires:  audit:refused_wrongly
select pg_temp.refuse('planted', pg_temp.student(50), 'register', pg_temp.course('0005'), 'course_not_found');
