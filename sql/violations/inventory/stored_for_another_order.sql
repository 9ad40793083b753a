-- plants: Somebody paid one order, and another one was paid.
-- fires:  audit:mismatched
update operations set entity = 'order 1' where op_id = 'paid';
