-- invariant:  Seeded events come first and bear no key; a key has its hash; events name what their action has, refusals no more.
-- population: select count(*) from inventory.events
-- severity:   critical
-- A run's event that calls itself seeded would be excused by every audit. A refusal changed nothing: it has no version
-- and no status. That of an order does not name the products, that of a new product has none; any other names what was
-- asked for, and audit:mismatched compares it.
with first as (
    select min(id) as id
    from inventory.events
    where not seeded
)
select e.action || ', event ' || e.id as entity,
       concat_ws(
           ', ', case when e.seeded then 'no key, no refusal, before event ' || first.id else 'a key with its hash' end,
           case
               when e.refusal is not null and e.action in ('order', 'create_product') then 'neither order nor product'
               when e.action in ('order', 'pay', 'ship', 'cancel') then 'an order and no product'
               else 'a product and no order'
           end,
           case when e.refusal is not null then 'no version and no status' else 'a status with a version of an order' end
       ) as expected,
       concat_ws(
           ', ', 'event ' || e.id, 'key ' || e.op_id, 'hash ' || e.request_hash, e.refusal, 'order ' || e.order_id,
           'version ' || e.order_version || ' of the order', e.status, 'product ' || e.product_id,
           'version ' || e.product_version || ' of the product'
       ) as actual,
       'at ' || e.occurred_at as detail
from inventory.events e
cross join first
where (e.seeded and (e.id > first.id or e.op_id is not null or e.refusal is not null))
   or (e.op_id is null) <> (e.request_hash is null)
   or length(e.request_hash) <> 32
   or case when e.action in ('order', 'pay', 'ship', 'cancel') then num_nonnulls(e.product_id, e.product_version)
           else num_nonnulls(e.order_id, e.order_version, e.status) end > 0
   or (e.order_version is null) <> (e.status is null)
   or (e.action = 'create_product' and e.product_version is not null)
   or (e.refusal is not null and (
       num_nonnulls(e.order_version, e.product_version) > 0
       or num_nonnulls(e.order_id, e.product_id) <> (e.action not in ('order', 'create_product'))::integer
   ))
