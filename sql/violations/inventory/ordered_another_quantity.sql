-- plants: Three pieces were ordered where a client asked for two.
-- fires:  audit:done_as_asked
update operations set args = '{"product 2": {"quantity": 2}}' where op_id = 'ordered';
