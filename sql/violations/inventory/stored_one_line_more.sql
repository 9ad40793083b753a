-- plants: Somebody asked for one product and was granted an order of two.
-- fires:  audit:mismatched
update operations set args = '{"lines": [{"product_id": 4, "quantity": 1}]}' where op_id = 'bulk';
