-- plants: Who repriced was told the old price.
-- fires:  audit:mismatched
update operations set args = args - 'price', answer = answer || '{"price": 1.5}' where op_id = 'repriced';
