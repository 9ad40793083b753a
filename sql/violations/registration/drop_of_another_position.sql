-- plants: A student who had moved up dropped out of the queue, and the event keeps the position that was given at first.
-- fires:  audit:drop_gives_up_held_position
update registration.events set reserve_position = 3 where op_id = 'left-queue';
