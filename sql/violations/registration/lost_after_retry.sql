-- plants: The first attempt got no answer, the second was told of a seat, and neither is stored.
-- fires:  audit:lost
insert into operations
select op_id, 2, worker, client, kind, actor, action, entities, args, key, t, t + 0.0005, 'ok', null,
       '{"status": "ENROLLED", "reserve_position": null}'
from operations
cross join pg_temp.tick() t
where op_id = 'never-arrived';
