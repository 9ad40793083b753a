-- plants: Every movement is gone.
-- fires:  lines_match_movements, movement_versions_contiguous, stock_matches_movements, price_changes_only_by_set, changes_match_events, audit:mismatched, audit:sold_out_while_in_stock
delete from inventory.movements;
