-- invariant:  Every SHIPPED order was paid before it was shipped.
-- population: select count(*) from inventory.orders
-- severity:   critical
with shipped as (
    select id, status, total_cents
    from inventory.orders
    where status = 'SHIPPED'
), stages as (
    select order_id, min(order_version) filter (where action = 'pay') as paid,
           min(order_version) filter (where action = 'ship') as shipped
    from inventory.events
    where action in ('pay', 'ship') and order_version is not null and order_id in (select id from shipped)
    group by order_id
)
select 'order ' || o.id as entity, 'paid before shipped' as expected,
       coalesce('paid at version ' || s.paid, 'never paid') || ', '
           || coalesce('shipped at version ' || s.shipped, 'never shipped') as actual,
       o.status || ', total ' || round(o.total_cents / 100.0, 2) as detail
from shipped o
left join stages s on s.order_id = o.id
where (s.paid < s.shipped) is not true
