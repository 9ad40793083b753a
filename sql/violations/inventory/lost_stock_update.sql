-- plants: A product's stock was not written.
-- fires:  stock_matches_movements
update inventory.products set stock = stock + 1 where id = 2;
