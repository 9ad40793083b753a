-- plants: A student was told that a course is full, nothing was stored of it, and seats are free.
-- fires:  audit:refused_with_free_places
insert into operations (op_id, attempt, worker, actor, action, entity, invoked_at, outcome, status, answer) values
    ('turned-away', 1, '0', pg_temp.student(47), 'register', pg_temp.course('0005'), 0, 'fail', 409,
     '{"code": "course_full"}');
