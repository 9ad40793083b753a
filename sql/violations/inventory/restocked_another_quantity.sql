-- plants: Ten pieces came where somebody brought eleven.
-- fires:  audit:mismatched
update operations set args = '{"quantity": 11}' where op_id = 'restocked';
