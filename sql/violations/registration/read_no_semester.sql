-- plants: The list of semesters was shown empty.
-- fires:  audit:read_wrongly
update operations set answer = answer || '{"items": []}' where op_id = 'listed-semesters';
