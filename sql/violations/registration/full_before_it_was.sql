-- plants: A student was told that the course is full before the last place in its queue was given.
-- fires:  audit:refused_wrongly
insert into registration.course_registrations (course_id, student_id, status, reserve_position)
values (pg_temp.course('0003'), pg_temp.student(50), 'RESERVED', 4);
insert into registration.events
    (course_id, student_id, version, action, status, reserve_position, refusal, op_id)
values
    (pg_temp.course('0003'), pg_temp.student(51), null, 'register', null, null, 'course_full', 'planted'),
    (pg_temp.course('0003'), pg_temp.student(50), 9, 'register', 'RESERVED', 4, null, 'last');
update registration.courses set reserved_count = 4, version = 9 where id = pg_temp.course('0003');
select pg_temp.tell('planted'), pg_temp.tell('last');
