-- plants: The movement of an order's line is gone.
-- fires:  lines_match_movements, movement_versions_contiguous, stock_matches_movements
delete from inventory.movements where product_id = 2 and version = 4;
