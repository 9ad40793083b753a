-- invariant:  The total of each order is the sum of its lines, quantity times unit price; no order is without a line.
-- population: select count(*) from inventory.orders
-- severity:   critical
with added as (
    select order_id, count(*) as lines, sum(quantity * unit_price_cents) as cents
    from inventory.order_lines
    group by order_id
)
select 'order ' || o.id as entity, coalesce(round(a.cents / 100.0, 2)::text, 'at least one line') as expected,
       round(o.total_cents / 100.0, 2)::text as actual, coalesce(a.lines, 0) || ' lines, ' || o.status as detail
from inventory.orders o
left join added a on a.order_id = o.id
where o.total_cents is distinct from a.cents
