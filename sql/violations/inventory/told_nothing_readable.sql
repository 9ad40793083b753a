-- plants: The answer of an acknowledged order names no lines.
-- fires:  audit:mismatched
update operations set answer = answer || '{"lines": null}' where op_id = 'ordered';
