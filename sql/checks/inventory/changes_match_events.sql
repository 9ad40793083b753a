-- invariant:  Each adjust, restock and set in the ledger is one granted event's, and each such event is in the ledger.
-- population: select count(*) from inventory.products
-- severity:   critical
with moved as (
    select product_id, version, count(*) as times,
           min(case kind when 'set' then 'update_product' else kind end) as action
    from inventory.movements
    where order_id is null
    group by product_id, version
), asked as (
    select product_id, product_version as version, count(*) as times, min(action) as action
    from inventory.events
    where product_version is not null and action <> 'create_product'
    group by product_id, product_version
)
select coalesce(p.sku || ' ' || p.name, 'no such product') as entity,
       coalesce(a.times || ' ' || a.action, 'no movement') as expected,
       coalesce(m.times || ' ' || m.action, 'none') as actual,
       'version ' || coalesce(a.version, m.version) || ', product ' || product_id as detail
from asked a
full join moved m using (product_id, version)
left join inventory.products p on p.id = product_id
where (a.times, a.action) is distinct from (1, m.action) or m.times <> 1
