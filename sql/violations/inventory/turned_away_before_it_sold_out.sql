-- plants: A client was told "sold out" before the last pieces went.
-- fires:  audit:refused_wrongly
select pg_temp.refuse('planted', 'order', '{product 1}', '{"product 1": {"quantity": 5}}', 'sold_out');
update operations set invoked_at = o.invoked_at, completed_at = o.completed_at
from (select invoked_at, completed_at from operations where op_id = 'ordered') o
where op_id = 'planted';
