-- plants: An order of a product of which nothing is left, and the ledger does not know of it.
-- fires:  sold_within_stock, lines_match_movements, audit:lost
update inventory.products set stock = 1 where id = 1;
select pg_temp.ask('planted', 'order', '{"lines": [{"product_id": 1, "quantity": 1}]}');
delete from inventory.movements where product_id = 1 and version = 4;
update inventory.products set stock = 0, version = 3 where id = 1;
