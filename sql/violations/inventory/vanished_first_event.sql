-- plants: The event that placed an order is gone.
-- fires:  order_versions_contiguous, audit:changed, audit:read_wrongly, audit:unexpected
delete from inventory.events where order_id = 8;
