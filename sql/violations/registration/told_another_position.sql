-- plants: A student was told a better position in the queue than the one given.
-- fires:  audit:mismatched
update operations set answer = answer || '{"reserve_position": 2}' where op_id = 'reserved';
