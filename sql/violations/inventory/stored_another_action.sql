-- plants: A client asked for a cancel, and the order was paid.
-- fires:  audit:mismatched
update operations set action = 'cancel' where op_id = 'paid';
