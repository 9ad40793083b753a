-- plants: The stored refusal of a payment does not name the order.
-- fires:  events_well_formed
update inventory.events set order_id = null where op_id = 'wrong-amount';
