-- plants: The movement of an order's line is gone.
-- fires:  lines_match_movements, movement_versions_contiguous, stock_matches_movements, audit:done_as_asked, audit:lost, audit:read_wrongly
delete from inventory.movements where product_id = 2 and version = 4;
