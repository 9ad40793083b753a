-- plants: A client was told "sold out" and has the last five pieces.
-- fires:  audit:phantom, audit:lost
update operations set outcome = 'refused', code = 'sold_out', answer = null, key = null where op_id = 'emptied';
