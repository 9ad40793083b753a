-- plants: A client was told "sold out" while there was plenty, and nothing was stored of it.
-- fires:  audit:lost, audit:refused_wrongly
select pg_temp.refuse(
    'planted', 'order', '{product 2}', '{"product 2": {"quantity": 1}}', 'sold_out', stored => false
);
