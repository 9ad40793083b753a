-- invariant:  The status of each order is that of its last event.
-- population: select count(*) from inventory.products
-- severity:   critical
-- Whether there is one for each version is order_versions_contiguous' to say, so only orders that moved on are compared.
with moved as (
    select id, status, version
    from inventory.orders
    where status <> 'PENDING' or version <> 1
), last_events as (
    select distinct on (order_id) order_id, order_version, action, status
    from inventory.events
    where order_version <> 1 and order_id in (select id from moved)
    order by order_id, order_version desc
)
select 'order ' || o.id as entity, coalesce(e.status, 'PENDING') as expected, o.status as actual,
       coalesce(e.action || ' at version ' || e.order_version, 'no event since it was placed') as detail
from moved o
left join last_events e on e.order_id = o.id
where o.status is distinct from coalesce(e.status, 'PENDING')
