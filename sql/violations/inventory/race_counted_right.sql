-- plants: Two orders read the same last piece and both take it, and the stock is counted down to below nothing.
-- fires:  sold_within_stock, stock_not_negative, running_stock_not_negative
update inventory.products set stock = 1 where id = 1;
select pg_temp.ask('planted', 'order', '{"lines": [{"product_id": 1, "quantity": 1}]}');
update inventory.products set stock = -1 where id = 1;
update inventory.movements set stock_after = -1 where product_id = 1 and version = 4;
