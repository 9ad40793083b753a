-- plants: Two pays find the order PENDING and both capture.
-- fires:  captured_at_most_once, captured_equals_total, order_versions_contiguous
select pg_temp.ask('planted', 'pay', null, pg_temp.bought('ordered'));
update inventory.orders set status = 'PENDING', version = 1 where id = pg_temp.bought('ordered');
select pg_temp.ask('late', 'pay', null, pg_temp.bought('ordered'));
