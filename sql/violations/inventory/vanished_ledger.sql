-- plants: Every movement is gone.
-- fires:  lines_match_movements, movement_versions_contiguous, stock_matches_movements, price_changes_only_by_set, name_matches_movements, changes_match_events, answers_match_rows, audit:changed, audit:done_as_asked, audit:lost, audit:read_wrongly, audit:refused_wrongly
delete from inventory.movements;
