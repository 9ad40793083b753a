-- plants: One student asked and another was registered.
-- fires:  audit:mismatched
update operations set actor = pg_temp.student(50) where op_id = 'enrolled';
