-- plants: A client was shown the stock of before the last sale.
-- fires:  audit:read_wrongly
update operations set answer = jsonb_set(answer, '{items,0,facts,stock}', '5') where op_id = 'listed';
