-- plants: The dashboard counts a product less than there is.
-- fires:  audit:read_wrongly
update operations set answer = answer || jsonb_build_object('counts', pg_temp.totals() || '{"products": 6}')
where op_id = 'summed-up';
