-- plants: A client asked for one product and was granted an order of two.
-- fires:  audit:mismatched, audit:done_as_asked
update operations set args = args - 'product 2', entities = array_remove(entities, 'product 2') where op_id = 'bulk';
