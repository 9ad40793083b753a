-- plants: Who shipped was told of a line that the order does not have.
-- fires:  audit:mismatched
update operations set answer = jsonb_set(
    answer, '{lines,1}', '{"product_id": 5, "quantity": 1, "unit_price": 1}'
) where op_id = 'shipped';
