-- plants: An order was canceled and its pieces stayed away.
-- fires:  lines_match_movements
select pg_temp.ask('planted', 'cancel', null, pg_temp.bought('ordered'));
delete from inventory.movements where product_id = 2 and version = 6;
update inventory.products set stock = stock - 3, version = 5 where id = 2;
