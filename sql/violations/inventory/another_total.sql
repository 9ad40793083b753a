-- plants: An order costs a cent more than its lines.
-- fires:  order_total_is_sum_of_lines, audit:changed, audit:read_wrongly
update inventory.orders set total_cents = total_cents + 1 where id = 8;
