-- Where each order has one line, at its total, lines and totals have the same sum of 64-bit hashes; only otherwise are
-- the lines of each order added up.
with lines as (
    select sum(hashint8extended(order_id, quantity * unit_price_cents)) as sum
    from inventory.order_lines
), totals as (
    select sum(hashint8extended(id, total_cents)) as sum
    from inventory.orders
), added as (
    select order_id, count(*) as lines, sum(quantity * unit_price_cents) as cents
    from inventory.order_lines
    group by order_id
)
select 'order ' || o.id as entity, coalesce(round(a.cents / 100.0, 2)::text, 'at least one line') as expected,
       round(o.total_cents / 100.0, 2)::text as actual, coalesce(a.lines, 0) || ' lines, ' || o.status as detail
from inventory.orders o
left join added a on a.order_id = o.id
where (select sum from lines) is distinct from (select sum from totals) and o.total_cents is distinct from a.cents
