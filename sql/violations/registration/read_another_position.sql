-- plants: A student was shown a better position in the queue than the one held.
-- fires:  audit:read_wrongly
update operations set answer = jsonb_set(answer, '{items,0,facts,reserve_position}', '1') where op_id = 'looked-41';
