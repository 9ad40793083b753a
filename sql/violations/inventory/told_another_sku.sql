-- plants: Who renamed a product was told another's SKU.
-- fires:  audit:mismatched
update operations set answer = answer || '{"sku": "SEED-000001"}' where op_id = 'renamed';
