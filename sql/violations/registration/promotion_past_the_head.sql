-- plants: A drop promotes the second of the queue and calls that position 1.
-- fires:  promotion_takes_lowest_position
delete from registration.course_registrations where course_id = pg_temp.course('0003') and student_id = pg_temp.student(33);
update registration.course_registrations set status = 'ENROLLED', reserve_position = null
where course_id = pg_temp.course('0003') and student_id = pg_temp.student(39);
update registration.course_registrations set reserve_position = 2
where course_id = pg_temp.course('0003') and student_id = pg_temp.student(41);
insert into registration.events
    (course_id, student_id, version, action, status, promoted_student_id, promoted_from_position, op_id)
values (pg_temp.course('0003'), pg_temp.student(33), 9, 'drop', 'ENROLLED', pg_temp.student(39), 1, 'planted');
update registration.courses set reserved_count = 2, version = 9 where id = pg_temp.course('0003');
select pg_temp.tell('planted');
