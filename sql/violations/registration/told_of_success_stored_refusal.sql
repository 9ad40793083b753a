-- plants: A student was told of a seat where a refusal is stored.
-- fires:  audit:mismatched
update operations set outcome = 'ok', code = null, answer = '{"status": "ENROLLED", "reserve_position": null}'
where op_id = 'refused';
