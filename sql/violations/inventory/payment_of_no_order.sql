-- plants: A capture for an order that does not exist.
-- fires:  no_orphans, captured_equals_total
insert into inventory.payments (order_id, kind, amount_cents) values (99901, 'capture', 100);
