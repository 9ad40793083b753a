-- plants: A product was made with fewer pieces than it was told to have.
-- fires:  audit:mismatched
update inventory.products set stock = 6, initial_stock = 6 where sku = 'NEW-1';
