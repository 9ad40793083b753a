-- plants: Somebody was told that the order cannot be paid, and was charged.
-- fires:  audit:phantom
update operations set outcome = 'fail', status = 422, answer = '{"code": "illegal_transition"}' where op_id = 'paid';
