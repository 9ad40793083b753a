-- plants: What was captured once too often was given back, and a client paid for nothing meanwhile.
-- fires:  captured_at_most_once
insert into inventory.payments (order_id, kind, amount_cents)
select order_id, unnest(array['capture', 'refund']), amount_cents from inventory.payments
where order_id = pg_temp.bought('buying');
