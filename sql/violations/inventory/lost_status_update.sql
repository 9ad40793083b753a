-- plants: An order was shipped and does not know of it.
-- fires:  order_transitions_legal
update inventory.orders set status = 'PAID' where id = pg_temp.bought('sending');
