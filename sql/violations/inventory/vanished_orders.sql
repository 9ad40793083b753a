-- plants: Every order is gone.
-- fires:  order_versions_contiguous, lines_match_movements, captured_equals_total, bulk_all_or_nothing, no_orphans, answers_match_rows, audit:changed, audit:read_wrongly, audit:refused_wrongly
delete from inventory.order_lines;
delete from inventory.orders;
