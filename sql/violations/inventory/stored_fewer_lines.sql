-- plants: Somebody asked for two products and was granted an order of one.
-- fires:  audit:mismatched
update operations set args = '{"lines": [{"product_id": 2, "quantity": 3}, {"product_id": 4, "quantity": 1}]}'
where op_id = 'ordered';
