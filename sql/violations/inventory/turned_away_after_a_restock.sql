-- plants: A client was told "sold out" after the restock was acknowledged: a stale read by the writer.
-- fires:  audit:refused_wrongly
select pg_temp.ask('restocking', 'restock', '{"quantity": 4}', 1);
select pg_temp.refuse('planted', 'order', '{product 1}', '{"product 1": {"quantity": 4}}', 'sold_out');
