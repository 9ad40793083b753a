-- plants: A line has grown since it was granted.
-- fires:  lines_match_movements, order_total_is_sum_of_lines, bulk_all_or_nothing, answers_match_rows, audit:mismatched, audit:read_wrongly
update inventory.order_lines set quantity = 4 where order_id = pg_temp.bought('ordered');
