-- plants: The price was raised while the order was decided, and the order is told and charged the old one.
-- fires:  lines_match_movements
select pg_temp.ask('planted', 'order', '{"lines": [{"product_id": 6, "quantity": 1}]}');
update inventory.order_lines set unit_price_cents = 1000 where order_id = pg_temp.bought('planted');
update inventory.orders set total_cents = 1000 where id = pg_temp.bought('planted');
update inventory.events set answer = (
    select answer from inventory.order_answers where id = pg_temp.bought('planted')
) where op_id = 'planted';
update operations set answer = pg_temp.flat((
    select answer::jsonb from inventory.order_answers where id = pg_temp.bought('planted')
)) where op_id = 'planted';
