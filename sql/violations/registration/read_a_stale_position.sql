-- plants: A student was shown the position of before the queue moved up.
-- fires:  audit:read_wrongly
update operations set answer = jsonb_set(answer, '{items,0,facts,reserve_position}', '4') where op_id = 'looked-32';
