-- plants: A client was told a lower total than the one stored.
-- fires:  audit:mismatched
update operations set answer = answer || '{"total_value": 0.01}' where op_id = 'bulk';
