-- plants: A student asked for one course and was registered for another.
-- fires:  audit:lost, audit:mismatched
update operations set entities = array['course ' || pg_temp.course('0006')] where op_id = 'enrolled';
