-- plants: A request that fits its schema was told that it does not.
-- fires:  audit:refused_wrongly
select pg_temp.refuse('planted', 'restock', '{product 2}', '{"quantity": 1}', 'invalid_request', stored => false);
