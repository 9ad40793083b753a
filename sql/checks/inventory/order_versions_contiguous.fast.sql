-- An event leads from its version to the next. Where they lead every order from 1 to the one after its last, the hashes
-- of all starts and all ends differ by those of the orders; only otherwise are the orders looked at one by one.
with told as (
    select sum(hashint8extended(coalesce(order_id, 0), order_version))
               - sum(hashint8extended(coalesce(order_id, 0), order_version + 1)) as sum
    from inventory.events
    where order_version is not null
), held as (
    select sum(hashint8extended(id, 1)) - sum(hashint8extended(id, version + 1)) as sum
    from inventory.orders
), counted as (
    select order_id, count(*) as events, count(distinct order_version) as versions,
           min(order_version) as first_version, max(order_version) as last_version
    from inventory.events
    where order_version is not null
    group by order_id
)
select coalesce('order ' || o.id, 'no such order') as entity,
       'versions 1..' || coalesce(o.version, 0) || ', each once' as expected,
       coalesce(e.events, 0) || ' events with ' || coalesce(e.versions, 0) || ' versions from '
           || coalesce(e.first_version::text, 'none') || ' to ' || coalesce(e.last_version::text, 'none') as actual,
       concat_ws(' ', 'order', coalesce(o.id, e.order_id), o.status) as detail
from inventory.orders o
full join counted e on e.order_id = o.id
where coalesce((select sum from told), 0) is distinct from coalesce((select sum from held), 0)
  and (coalesce(e.events, 0), coalesce(e.versions, 0), coalesce(e.last_version, 0), coalesce(e.first_version, 1))
      is distinct from (o.version, o.version, o.version, 1::bigint)
