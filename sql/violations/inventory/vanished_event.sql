-- plants: The event of a payment is gone.
-- fires:  order_versions_contiguous, order_status_is_last_event, audit:lost
delete from inventory.events where op_id = 'paid';
