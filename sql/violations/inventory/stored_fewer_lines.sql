-- plants: A client asked for two products and was granted an order of one.
-- fires:  audit:lost, audit:done_as_asked
update operations
set args = args || '{"product 4": {"quantity": 1}}', entities = entities || '{product 4}'
where op_id = 'ordered';
