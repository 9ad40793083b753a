-- plants: An event of the run calls itself seeded.
-- fires:  events_well_formed, audit:reordered
update registration.events set seeded = true where op_id = 'left';
