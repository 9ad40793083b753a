-- plants: A client is told of a new price that the target never wrote, as if there had been nothing to change.
-- fires:  no_orphans, audit:mismatched
insert into inventory.events (action, product_id, op_id, request_hash, answer)
select 'update_product', id, 'planted', 'hash of planted',
       json_build_object('id', id, 'sku', sku, 'name', name, 'price', 1.5, 'stock', stock)
from inventory.products where id = 6;
insert into operations
    (op_id, attempt, worker, actor, action, entity, args, invoked_at, completed_at, outcome, status, answer)
select op_id, 1, '0', '', action, 'product 6', '{"price": 1.5}', 0, 1, 'ok', 200, answer
from inventory.events where op_id = 'planted';
