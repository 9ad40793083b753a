-- plants: A client was told "sold out" of two products that were both there.
-- fires:  audit:refused_wrongly
select pg_temp.refuse(
    'planted', 'order', '{product 2,product 4}', '{"product 2": {"quantity": 14}, "product 4": {"quantity": 16}}',
    'sold_out'
);
