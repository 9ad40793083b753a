-- plants: Somebody was refused for another reason than the stored one.
-- fires:  audit:mismatched
update operations set answer = '{"code": "product_not_found"}' where op_id = 'sold-out';
