-- plants: A student asked to drop and was registered.
-- fires:  audit:mismatched
update operations set action = 'drop' where op_id = 'enrolled';
