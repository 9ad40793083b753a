-- plants: One piece less went out than the line says.
-- fires:  lines_match_movements, audit:done_as_asked
select pg_temp.ask('planted', 'order', '{"lines": [{"product_id": 2, "quantity": 2}]}');
update inventory.movements set quantity = -1, stock_after = stock_after + 1 where product_id = 2 and version = 6;
update inventory.products set stock = stock + 1 where id = 2;
