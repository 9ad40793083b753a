-- plants: The answer of an acknowledged write names no status.
-- fires:  audit:mismatched
update operations set answer = answer || '{"status": null}' where op_id = 'enrolled';
