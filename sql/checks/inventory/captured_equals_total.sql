-- invariant:  Captured less refunded is an order's total while it is PAID or SHIPPED, and nothing otherwise.
-- population: select count(*) from inventory.orders
-- severity:   critical
with due as (
    select id as order_id, total_cents as cents
    from inventory.orders
    where status in ('PAID', 'SHIPPED')
), kept as (
    select order_id, sum(case kind when 'capture' then amount_cents else -amount_cents end) as cents
    from inventory.payments
    group by order_id
)
select 'order ' || order_id as entity, round(coalesce(d.cents, 0) / 100.0, 2)::text as expected,
       round(coalesce(k.cents, 0) / 100.0, 2)::text as actual,
       coalesce(o.status || ', total ' || round(o.total_cents / 100.0, 2), 'no such order') as detail
from due d
full join kept k using (order_id)
left join inventory.orders o on o.id = order_id
where coalesce(k.cents, 0) is distinct from coalesce(d.cents, 0)
