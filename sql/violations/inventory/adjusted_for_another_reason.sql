-- plants: An adjustment was stored without the reason that was given.
-- fires:  audit:done_as_asked
update operations set args = args || '{"reason": "broken"}' where op_id = 'adjusted';
