-- plants: A product of the world has another SKU.
-- fires:  audit:changed, audit:read_wrongly
update inventory.products set sku = 'SEED-999999' where id = 2;
