-- plants: All five pieces were taken where a client took three.
-- fires:  audit:done_as_asked
update operations set args = '{"adjustment": -3}' where op_id = 'clamped';
