-- plants: Somebody was told "sold out" of two products that were both there.
-- fires:  audit:sold_out_while_in_stock
insert into operations values (
    'turned-away-wrongly', 1, '0', '', 'order', 'product 2',
    '{"lines": [{"product_id": 2, "quantity": 14}, {"product_id": 4, "quantity": 16}]}',
    pg_temp.now_s(), pg_temp.now_s(), 'fail', 409, '{"code": "sold_out"}'
);
