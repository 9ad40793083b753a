-- plants: A key that was sent again got another total than before.
-- fires:  audit:answered_twice
update operations set answer = answer || '{"total_value": 0.01}' where op_id = 'bulk' and attempt = 2;
