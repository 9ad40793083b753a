-- plants: An order that was granted left no trace at all, and its pieces are still there.
-- fires:  audit:lost, audit:read_wrongly, audit:refused_wrongly
delete from inventory.movements where order_id = pg_temp.bought('emptied');
delete from inventory.order_lines where order_id = pg_temp.bought('emptied');
delete from inventory.orders where id = pg_temp.bought('emptied');
delete from inventory.events where op_id = 'emptied';
update inventory.products set stock = 5, version = 2 where id = 1;
