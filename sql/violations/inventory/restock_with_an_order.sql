-- plants: The event of a restock names an order.
-- fires:  events_well_formed
update inventory.events set order_id = 1 where op_id = 'restocked';
