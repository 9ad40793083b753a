-- plants: A shipped order is canceled: stock and money are given back for goods that are gone.
-- fires:  order_transitions_legal
update inventory.orders set status = 'PAID' where id = pg_temp.bought('sending');
select pg_temp.ask('planted', 'cancel', null, pg_temp.bought('sending'));
