-- plants: Every movement of a product is gone.
-- fires:  lines_match_movements, movement_versions_contiguous, stock_matches_movements, price_changes_only_by_set, changes_match_events, audit:mismatched
delete from inventory.movements where product_id = 6;
