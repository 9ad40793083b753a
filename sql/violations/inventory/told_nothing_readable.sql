-- plants: The answer of an acknowledged order lacks its lines.
-- fires:  audit:mismatched
update operations set answer = answer - 'lines' where op_id = 'ordered';
