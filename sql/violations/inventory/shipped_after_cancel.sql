-- plants: A cancel and a ship find the order PAID, and the ship writes last.
-- fires:  order_transitions_legal, lines_match_movements, captured_equals_total
update inventory.orders set status = 'PAID' where id = pg_temp.bought('regretting');
select pg_temp.ask('planted', 'ship', null, pg_temp.bought('regretting'));
