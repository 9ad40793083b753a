-- plants: Of a granted bulk order one line is gone with its movement and its price, and the answer that told of it too.
-- fires:  bulk_all_or_nothing, answers_match_rows, audit:mismatched, audit:done_as_asked, audit:lost
select pg_temp.ask(
    'planted', 'order', '{"lines": [{"product_id": 2, "quantity": 1}, {"product_id": 3, "quantity": 2}]}'
);
delete from inventory.order_lines where order_id = pg_temp.bought('planted') and product_id = 3;
delete from inventory.movements where order_id = pg_temp.bought('planted') and product_id = 3;
update inventory.products set stock = stock + 2, version = version - 1 where id = 3;
update inventory.orders set total_cents = (
    select sum(quantity * unit_price_cents) from inventory.order_lines where order_id = pg_temp.bought('planted')
) where id = pg_temp.bought('planted');
update inventory.events set answer = null where op_id = 'planted';
