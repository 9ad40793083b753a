-- plants: Somebody was told "sold out" and has the last five pieces.
-- fires:  audit:phantom
update operations set outcome = 'fail', status = 409, answer = '{"code": "sold_out"}' where op_id = 'emptied';
