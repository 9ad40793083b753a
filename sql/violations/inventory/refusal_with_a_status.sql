-- plants: The stored refusal of a payment says that the order is PAID.
-- fires:  events_well_formed
update inventory.events set status = 'PAID' where op_id = 'wrong-amount';
