-- plants: A stored refusal of an order of two products names one of them.
-- fires:  events_well_formed
update inventory.events set product_id = 6 where op_id = 'sold-out-bulk';
