-- plants: A client was told that there is no such product, and there is.
-- fires:  audit:refused_wrongly
select pg_temp.refuse('planted', 'restock', '{product 2}', '{"quantity": 1}', 'product_not_found');
