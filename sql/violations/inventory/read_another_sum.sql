-- plants: The dashboard counts pieces that are not there.
-- fires:  audit:read_wrongly
update operations set answer = answer || jsonb_build_object('counts', pg_temp.totals() || '{"stock_quantity": 9999}')
where op_id = 'summed-up';
