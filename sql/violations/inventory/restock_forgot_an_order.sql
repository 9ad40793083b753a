-- plants: A stock that fell is told of as if nothing had been sold, but counted right again from then on.
-- fires:  stock_matches_movements
update inventory.movements set stock_after = stock_after + 1 where product_id = 2 and version = 4;
