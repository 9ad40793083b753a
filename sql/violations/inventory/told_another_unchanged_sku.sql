-- plants: Who set the stock to what it was, which makes no movement, was told another SKU.
-- fires:  audit:mismatched
update operations set answer = answer || '{"sku": "SEED-000001"}' where op_id = 'unchanged';
