-- plants: Who placed an order was told that it is paid.
-- fires:  audit:mismatched
update operations set answer = answer || '{"status": "PAID"}' where op_id = 'ordered';
