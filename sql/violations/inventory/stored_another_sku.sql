-- plants: Somebody made a product and got another SKU.
-- fires:  audit:mismatched
update operations set entity = 'new-2' where op_id = 'made';
