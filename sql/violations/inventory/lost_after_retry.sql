-- plants: A restock was granted at the second attempt and left no trace.
-- fires:  audit:lost, audit:read_wrongly
delete from inventory.movements where product_id = 3 and version = 7;
delete from inventory.events where op_id = 'turned-away';
update inventory.products set stock = stock - 3, version = 6 where id = 3;
