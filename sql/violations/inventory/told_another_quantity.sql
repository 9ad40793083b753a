-- plants: A client was told of more pieces than they got.
-- fires:  audit:mismatched
update operations set answer = answer || '{"quantity": 4}' where op_id = 'ordered';
