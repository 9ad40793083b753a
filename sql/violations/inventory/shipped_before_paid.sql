-- plants: An order was shipped first and paid afterwards.
-- fires:  shipped_was_paid, order_transitions_legal, audit:read_wrongly, audit:reordered
update inventory.events set order_version = 5 - order_version
where order_id = pg_temp.bought('sending') and order_version > 1;
