-- plants: A repeated cancel was told that the order is PENDING.
-- fires:  audit:mismatched
update operations set answer = answer || '{"status": "PENDING"}' where op_id = 'canceled-again';
