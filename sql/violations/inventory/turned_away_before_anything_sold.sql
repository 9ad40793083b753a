-- plants: A client was told "sold out" of a product that no order had touched yet.
-- fires:  audit:refused_wrongly
select pg_temp.refuse(
    'planted', 'order', array['product ' || id], jsonb_build_object('product ' || id, '{"quantity": 7}'::jsonb),
    'sold_out'
)
from inventory.products where sku = 'NEW-1';
