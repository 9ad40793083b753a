-- plants: A course was shown with a seat more than it has.
-- fires:  audit:read_wrongly
update operations set answer = jsonb_set(answer, '{items,0,facts,max_capacity}', '99') where op_id = 'listed';
