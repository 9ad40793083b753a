-- plants: A write happened that is not in the history.
-- fires:  audit:unexpected
delete from operations where op_id = 'clamped';
