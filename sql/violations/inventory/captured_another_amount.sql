-- plants: A cent less was captured than the total.
-- fires:  captured_equals_total, audit:done_as_asked
update inventory.payments set amount_cents = amount_cents - 1 where order_id = pg_temp.bought('buying');
