-- plants: An update of the price was answered with the old one.
-- fires:  audit:mismatched
update operations set answer = answer || '{"price": 1.5}' where op_id = 'repriced';
