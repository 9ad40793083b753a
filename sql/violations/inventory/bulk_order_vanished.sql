-- plants: A bulk order was granted and is gone without a trace but its event.
-- fires:  bulk_all_or_nothing, order_versions_contiguous, answers_match_rows, audit:lost
select pg_temp.ask(
    'planted', 'order', '{"lines": [{"product_id": 2, "quantity": 1}, {"product_id": 3, "quantity": 2}]}'
);
update inventory.products p set stock = p.stock + l.quantity, version = p.version - 1
from inventory.order_lines l
where l.order_id = pg_temp.bought('planted') and l.product_id = p.id;
delete from inventory.movements where order_id = pg_temp.bought('planted');
delete from inventory.order_lines where order_id = pg_temp.bought('planted');
delete from inventory.orders where id = pg_temp.bought('planted');
