-- plants: Two pieces were taken where a client took one.
-- fires:  audit:done_as_asked
update operations set args = '{"adjustment": -1}' where op_id = 'adjusted';
