-- plants: An event of the run calls itself seeded.
-- fires:  events_well_formed, audit:lost, audit:read_wrongly
update inventory.events set seeded = true where op_id = 'clamped';
