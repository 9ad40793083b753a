-- plants: A key that was sent again got another answer than before.
-- fires:  audit:answered_twice
update operations set answer = answer || '{"status": "RESERVED", "reserve_position": 1}'
where op_id = 'came' and attempt = 2;
