-- plants: A drop was refused twice and happened.
-- fires:  audit:phantom, audit:lost, audit:refused_wrongly
update operations set outcome = 'refused', code = 'registration_closed', answer = null where op_id = 'left';
insert into operations
select op_id, 2, worker, client, kind, actor, action, entities, args, key, t, t + 0.0005, outcome, code, answer
from operations
cross join pg_temp.tick() t
where op_id = 'left';
