-- plants: An order was PAID from the moment it was placed.
-- fires:  order_transitions_legal, captured_equals_total, audit:changed, audit:read_wrongly
update inventory.events set status = 'PAID' where order_id = 8;
update inventory.orders set status = 'PAID' where id = 8;
