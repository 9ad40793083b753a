-- plants: An order has no line left.
-- fires:  order_total_is_sum_of_lines, lines_match_movements, audit:changed, audit:read_wrongly
delete from inventory.order_lines where order_id = 8;
