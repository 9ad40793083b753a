-- plants: Somebody was told "sold out" of a product that nobody had touched yet.
-- fires:  audit:sold_out_while_in_stock
insert into operations
select 'turned-away-wrongly', 1, '0', '', 'order', 'product ' || product_id,
       jsonb_build_object('lines', jsonb_build_array(jsonb_build_object('product_id', product_id, 'quantity', 7))),
       invoked_at, completed_at, 'fail', 409, '{"code": "sold_out"}'
from operations, (select id as product_id from inventory.products where sku = 'NEW-1') made
where op_id = 'sold-out';
