-- plants: A student asked for one course and was registered for another.
-- fires:  audit:mismatched
update operations set entity = pg_temp.course('0006') where op_id = 'enrolled';
