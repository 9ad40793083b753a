-- plants: A product is older than the event that made it.
-- fires:  made_once
update inventory.products set created_at = created_at - interval '1 second' where sku = 'NEW-1';
