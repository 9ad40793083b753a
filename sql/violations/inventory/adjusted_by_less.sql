-- plants: Two pieces were taken where a client took three, though more were there.
-- fires:  audit:done_as_asked
update operations set args = '{"adjustment": -3}' where op_id = 'adjusted';
