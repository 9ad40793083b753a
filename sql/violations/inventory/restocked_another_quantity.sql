-- plants: Ten pieces came where a client brought eleven.
-- fires:  audit:done_as_asked
update operations set args = '{"quantity": 11}' where op_id = 'restocked';
