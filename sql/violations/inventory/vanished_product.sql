-- plants: A product was made and is gone.
-- fires:  no_orphans, audit:mismatched
delete from inventory.products where sku = 'NEW-1';
