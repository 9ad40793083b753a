-- plants: Two orders are charged each other's total.
-- fires:  order_total_is_sum_of_lines, audit:changed, audit:read_wrongly
update inventory.orders o set total_cents = other.total_cents
from inventory.orders other
where (o.id, other.id) in ((1, 2), (2, 1));
