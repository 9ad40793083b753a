-- plants: A bulk order was told with a line that it does not have.
-- fires:  audit:mismatched
update operations set answer = jsonb_set(
    answer, '{lines,2}', '{"product_id": 5, "quantity": 1, "unit_price": 1}'
) where op_id = 'bulk';
