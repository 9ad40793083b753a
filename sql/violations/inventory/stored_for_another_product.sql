-- plants: Somebody restocked one product, and the pieces went to another.
-- fires:  audit:mismatched
update operations set entity = 'product 2' where op_id = 'restocked';
