-- plants: A product was made and left no trace.
-- fires:  audit:lost, audit:read_wrongly, audit:refused_wrongly
delete from inventory.products where sku = 'NEW-1';
delete from inventory.events where op_id = 'made';
