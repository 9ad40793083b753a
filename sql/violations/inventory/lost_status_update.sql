-- plants: An order was shipped and does not know of it.
-- fires:  order_status_is_last_event
update inventory.orders set status = 'PAID' where id = pg_temp.bought('sending');
