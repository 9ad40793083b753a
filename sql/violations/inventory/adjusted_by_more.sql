-- plants: Two pieces were taken where somebody took one.
-- fires:  audit:mismatched
update operations set args = '{"adjustment": -1}' where op_id = 'adjusted';
