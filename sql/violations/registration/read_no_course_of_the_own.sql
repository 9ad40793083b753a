-- plants: A student who holds a seat was shown an empty list.
-- fires:  audit:read_wrongly
update operations set answer = answer || '{"items": []}' where op_id = 'looked-40';
