-- plants: Two cancels find the order PENDING, and both give its pieces back.
-- fires:  lines_match_movements, order_versions_contiguous
select pg_temp.ask('planted', 'cancel', null, pg_temp.bought('ordered'));
update inventory.orders set status = 'PENDING', version = 1 where id = pg_temp.bought('ordered');
select pg_temp.ask('late', 'cancel', null, pg_temp.bought('ordered'));
