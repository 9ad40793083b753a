-- plants: A client restocked one product, and the pieces went to another.
-- fires:  audit:lost, audit:mismatched
update operations set entities = '{product 2}' where op_id = 'restocked';
