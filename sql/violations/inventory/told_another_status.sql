-- plants: A placed order was told to be paid.
-- fires:  audit:mismatched
update operations set answer = answer || '{"status": "PAID"}' where op_id = 'ordered';
