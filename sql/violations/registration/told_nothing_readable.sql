-- plants: The answer of an acknowledged write lacks the status.
-- fires:  audit:mismatched
update operations set answer = answer - 'status' where op_id = 'enrolled';
