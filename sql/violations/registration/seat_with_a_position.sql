-- plants: The drop of a seat gave up a position in the queue.
-- fires:  events_well_formed, audit:drop_gives_up_held_position
update registration.events set reserve_position = 1 where op_id = 'left';
