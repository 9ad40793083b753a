-- plants: A key was stored without the hash of its request.
-- fires:  events_well_formed
update registration.events set request_hash = null where op_id = 'left';
