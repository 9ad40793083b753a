-- plants: An adjustment was not stopped at 0, and a restock brought the stock back.
-- fires:  stock_not_negative, running_stock_not_negative, answers_match_rows
select pg_temp.ask('planted', 'adjust', '{"adjustment": -3}', 5);
update inventory.movements set quantity = -3, stock_after = -3 where product_id = 5 and version = 4;
update inventory.products set stock = -3 where id = 5;
update operations set answer = answer || '{"stock": -3}' where op_id = 'planted';
select pg_temp.ask('healing', 'restock', '{"quantity": 3}', 5);
