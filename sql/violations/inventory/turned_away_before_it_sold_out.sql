-- plants: Somebody was told "sold out" before the last pieces went.
-- fires:  audit:sold_out_while_in_stock
insert into operations
select 'turned-away-wrongly', 1, '0', '', 'order', 'product 1', '{"lines": [{"product_id": 1, "quantity": 5}]}',
       invoked_at, completed_at, 'fail', 409, '{"code": "sold_out"}'
from operations
where op_id = 'ordered';
