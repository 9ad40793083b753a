-- plants: An order without a line, for nothing.
-- fires:  order_total_is_sum_of_lines, events_well_formed, audit:read_wrongly
insert into inventory.orders (id, total_cents) values (99901, 0);
insert into inventory.events (action, order_id, order_version, status, seeded)
values ('order', 99901, 1, 'PENDING', true);
