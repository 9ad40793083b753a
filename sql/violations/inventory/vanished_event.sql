-- plants: The event of a payment is gone.
-- fires:  order_versions_contiguous, order_transitions_legal, audit:lost, audit:read_wrongly
delete from inventory.events where op_id = 'paid';
