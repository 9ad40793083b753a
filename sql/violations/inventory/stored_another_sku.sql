-- plants: A client made a product and got another SKU.
-- fires:  audit:lost, audit:mismatched
update operations set entities = array_replace(entities, 'sku NEW-1', 'sku NEW-2') where op_id = 'made';
