-- plants: Every movement of a product is gone.
-- fires:  lines_match_movements, movement_versions_contiguous, stock_matches_movements, price_changes_only_by_set, name_matches_movements, changes_match_events, answers_match_rows, audit:changed, audit:read_wrongly
delete from inventory.movements where product_id = 6;
