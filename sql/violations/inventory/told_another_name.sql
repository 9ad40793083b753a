-- plants: Who renamed a product was told the old name.
-- fires:  audit:mismatched
update operations set answer = answer || '{"name": "Old Pro"}' where op_id = 'renamed';
