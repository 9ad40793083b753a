-- plants: All five pieces were taken where somebody took three.
-- fires:  audit:mismatched
update operations set args = '{"adjustment": -3}' where op_id = 'clamped';
