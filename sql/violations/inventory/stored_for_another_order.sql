-- plants: A client paid one order, and another one was paid.
-- fires:  audit:lost, audit:mismatched
update operations set entities = '{order 1}' where op_id = 'paid';
