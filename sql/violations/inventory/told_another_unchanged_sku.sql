-- plants: An update that changes nothing was answered with another SKU.
-- fires:  audit:mismatched
update operations set answer = answer || '{"sku": "SEED-000001"}' where op_id = 'unchanged';
