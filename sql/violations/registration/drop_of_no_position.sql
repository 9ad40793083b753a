-- plants: A student dropped out of the queue without a position to give up.
-- fires:  audit:drop_gives_up_held_position
update registration.events set reserve_position = null where op_id = 'left-queue';
