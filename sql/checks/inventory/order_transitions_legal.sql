-- invariant:  Orders start PENDING; PENDING becomes PAID, PAID SHIPPED, both CANCELED; the status is the last of these.
-- population: select count(*) from inventory.orders
-- severity:   critical
with changes as (
    select id, order_id, order_version, action, status
    from inventory.events
    where order_version is not null
      and (order_version <> 1 or action <> 'order' or status is distinct from 'PENDING')
), last_changes as (
    select distinct on (order_id) order_id, order_version, action, status
    from changes
    order by order_id, order_version desc
), moved as (
    select id as order_id
    from inventory.orders
    where status in ('PAID', 'SHIPPED', 'CANCELED')
)
select 'order ' || c.order_id as entity,
       case c.action
           when 'order' then 'PENDING at version 1'
           when 'pay' then 'PENDING, then PAID'
           when 'ship' then 'PAID, then SHIPPED'
           when 'cancel' then 'PENDING or PAID, then CANCELED'
           else 'no such change'
       end as expected,
       coalesce(string_agg(b.status, ' and '), 'nothing') || ', then ' || coalesce(c.status, 'nothing') as actual,
       c.action || ' at version ' || c.order_version as detail
from changes c
left join inventory.events b on b.order_id = c.order_id and b.order_version = c.order_version - 1
group by c.id, c.order_id, c.order_version, c.action, c.status
having bool_and((c.action, b.status, c.status) in (
    ('pay', 'PENDING', 'PAID'), ('ship', 'PAID', 'SHIPPED'),
    ('cancel', 'PENDING', 'CANCELED'), ('cancel', 'PAID', 'CANCELED')
)) is not true
union all
select 'order ' || o.id, coalesce(c.status, 'PENDING'), o.status,
       coalesce(c.action || ' at version ' || c.order_version, 'no event') || ' was the last change'
from moved
full join last_changes c using (order_id)
join inventory.orders o on o.id = order_id
where o.status is distinct from coalesce(c.status, 'PENDING')
