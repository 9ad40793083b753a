-- plants: Somebody offered a cent, and the whole total was captured.
-- fires:  audit:mismatched
update operations set args = '{"amount": 0.01}' where op_id = 'paid';
