-- plants: A client was told that an order cannot be paid again, before it was paid.
-- fires:  audit:refused_wrongly
select pg_temp.refuse('planted', 'pay', array['order ' || pg_temp.bought('ordered')], null, 'illegal_transition');
select pg_temp.ask('paying', 'pay', null, pg_temp.bought('ordered'));
