-- plants: A client offered a cent, and the whole total was captured.
-- fires:  audit:done_as_asked
update operations set args = '{"amount": 0.01}' where op_id = 'paid';
