-- plants: An update of the name was answered with the old one.
-- fires:  audit:mismatched
update operations set answer = answer || '{"name": "Old Pro"}' where op_id = 'renamed';
