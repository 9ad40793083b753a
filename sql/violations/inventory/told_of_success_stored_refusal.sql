-- plants: A client was told of a product where a refusal is stored.
-- fires:  audit:mismatched, audit:lost
update operations set outcome = 'ok', code = null, answer = (select answer from operations where op_id = 'made')
where op_id = 'made-again';
