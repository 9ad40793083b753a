-- plants: Money was given back for an order that was never paid.
-- fires:  captured_at_most_once, captured_equals_total
insert into inventory.payments (order_id, kind, amount_cents) values (8, 'refund', 100);
