-- plants: A key that was sent again was refused, although it had been granted.
-- fires:  audit:answered_twice
update operations set outcome = 'refused', code = 'already_registered', answer = null
where op_id = 'came' and attempt = 2;
