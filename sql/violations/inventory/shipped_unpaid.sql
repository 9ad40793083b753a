-- plants: An order is shipped without a payment.
-- fires:  shipped_was_paid, order_transitions_legal, captured_equals_total
update inventory.orders set status = 'PAID' where id = pg_temp.bought('ordered');
select pg_temp.ask('planted', 'ship', null, pg_temp.bought('ordered'));
