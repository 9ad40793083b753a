-- plants: A client was told that a PENDING order cannot be paid.
-- fires:  audit:refused_wrongly
select pg_temp.refuse('planted', 'pay', array['order ' || pg_temp.bought('ordered')], null, 'illegal_transition');
