-- plants: An update of the name was answered with another product's SKU.
-- fires:  audit:mismatched
update operations set answer = answer || '{"sku": "SEED-000001"}' where op_id = 'renamed';
