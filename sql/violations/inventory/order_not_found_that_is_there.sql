-- plants: A client was told that there is no such order, and there is.
-- fires:  audit:refused_wrongly
select pg_temp.refuse('planted', 'pay', array['order ' || pg_temp.bought('ordered')], null, 'order_not_found');
