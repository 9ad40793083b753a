-- plants: An order from the start is gone, with its lines.
-- fires:  order_versions_contiguous, lines_match_movements, audit:changed, audit:read_wrongly
delete from inventory.order_lines where order_id = 8;
delete from inventory.orders where id = 8;
