-- plants: The stock was set to 30 where a client set it to 31.
-- fires:  audit:done_as_asked
update operations set args = args || '{"stock": 31}' where op_id = 'repriced';
