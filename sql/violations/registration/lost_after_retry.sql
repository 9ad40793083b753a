-- plants: The first attempt got no answer, the second was told of a seat, and neither is stored.
-- fires:  audit:lost
insert into operations (op_id, attempt, worker, actor, action, entity, outcome, status, answer)
values ('never-arrived', 2, '0', pg_temp.student(48), 'register', pg_temp.course('0004'), 'ok', 200,
        '{"status": "ENROLLED", "reserve_position": null}');
