-- plants: A line of a bulk order was told with another quantity.
-- fires:  audit:mismatched
update operations set answer = jsonb_set(answer, '{lines,1,quantity}', '9') where op_id = 'bulk';
