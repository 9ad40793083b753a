-- plants: Two orders read the last five pieces and both take them: one write of the stock hides the other.
-- fires:  sold_within_stock, running_stock_not_negative, stock_matches_movements, movement_versions_contiguous
update inventory.products set stock = 5, version = 2 where id = 1;
select pg_temp.ask('planted', 'order', '{"lines": [{"product_id": 1, "quantity": 5}]}');
