-- plants: One course was missing in the list of all.
-- fires:  audit:read_wrongly
update operations set answer = jsonb_set(answer, '{items}', (answer -> 'items') - 0) where op_id = 'listed';
