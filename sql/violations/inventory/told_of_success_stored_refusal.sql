-- plants: Somebody was told of a product where a refusal is stored.
-- fires:  audit:mismatched
update operations set outcome = 'ok', status = 201, answer = (select answer from operations where op_id = 'made')
where op_id = 'made-again';
