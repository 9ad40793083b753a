-- plants: Two pieces were taken where somebody took three, though more were there.
-- fires:  audit:mismatched
update operations set args = '{"adjustment": -3}' where op_id = 'adjusted';
