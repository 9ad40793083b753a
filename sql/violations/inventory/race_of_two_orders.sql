-- plants: Two orders read the same stock, and one's write is lost; there were enough pieces for both.
-- fires:  stock_matches_movements, movement_versions_contiguous
update inventory.products set stock = stock + 1, version = version - 1 where id = 2;
select pg_temp.ask('planted', 'order', '{"lines": [{"product_id": 2, "quantity": 1}]}');
