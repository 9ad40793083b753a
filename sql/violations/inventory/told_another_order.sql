-- plants: A client was told another order's number.
-- fires:  audit:mismatched
update operations set answer = answer || '{"id": 1}' where op_id = 'ordered';
