-- plants: A student was told of a seat before the commit, and the commit failed.
-- fires:  audit:lost
insert into operations (op_id, attempt, worker, actor, action, entity, outcome, status, answer)
values ('planted', 1, '0', pg_temp.student(50), 'register', pg_temp.course('0006'), 'ok', 200,
        '{"status": "ENROLLED", "reserve_position": null}');
