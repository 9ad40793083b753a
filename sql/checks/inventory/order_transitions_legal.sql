-- invariant:  An order is PENDING first; only PENDING is paid, only PAID shipped, only PENDING or PAID canceled.
-- population: select count(*) from inventory.products
-- severity:   critical
with changes as (
    select id, order_id, order_version, action, status
    from inventory.events
    where order_version is not null and (action, order_version, status) is distinct from ('order', 1, 'PENDING')
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
