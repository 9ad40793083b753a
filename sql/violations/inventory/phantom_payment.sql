-- plants: A client was told that the order cannot be paid, and was charged.
-- fires:  audit:phantom, audit:lost
update operations set outcome = 'refused', code = 'illegal_transition', answer = null where op_id = 'paid';
