-- plants: A client was told that a SKU is taken, and it is not.
-- fires:  audit:refused_wrongly
select pg_temp.refuse('planted', 'create_product', '{sku NEW-2}', '{"sku": "NEW-2"}', 'sku_taken');
