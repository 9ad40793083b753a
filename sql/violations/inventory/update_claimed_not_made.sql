-- plants: A client is told of a new price that the target never wrote, as if there had been nothing to change.
-- fires:  no_orphans, answers_match_rows
insert into inventory.events (action, product_id, op_id, request_hash, answer)
select 'update_product', id, 'planted', md5('planted'),
       json_build_object('id', id, 'sku', sku, 'name', name, 'price', 1.5, 'stock', stock)
from inventory.products where id = 6;
select pg_temp.tell('planted', 'write', action, '{product 6}', '{"price": 1.5}', null, 'ok', null, answer::jsonb)
from inventory.events where op_id = 'planted';
