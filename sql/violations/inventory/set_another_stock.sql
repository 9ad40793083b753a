-- plants: The stock was set to 30 where somebody set it to 31.
-- fires:  audit:mismatched
update operations set args = args || '{"stock": 31}' where op_id = 'repriced';
