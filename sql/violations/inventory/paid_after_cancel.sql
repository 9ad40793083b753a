-- plants: A canceled order is paid.
-- fires:  order_transitions_legal, lines_match_movements
update inventory.orders set status = 'PENDING' where id = pg_temp.bought('leaving');
select pg_temp.ask('planted', 'pay', null, pg_temp.bought('leaving'));
