-- plants: A student was told that a course is full, nothing was stored of it, and seats are free.
-- fires:  audit:lost, audit:refused_wrongly
select pg_temp.refuse('turned-away', pg_temp.student(47), 'register', pg_temp.course('0005'), 'course_full');
