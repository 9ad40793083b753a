-- invariant:  The versions of each product's movements are exactly 1..products.version, none twice.
-- population: select count(*) from inventory.products
-- severity:   critical
-- A movement leads from its version to the next. Where they lead every product from 1 to the one after its last, the
-- hashes of all starts and all ends differ by those of the products; only otherwise are the versions counted.
with told as (
    select sum(hashint8extended(product_id, version)) - sum(hashint8extended(product_id, version + 1)) as sum
    from inventory.movements
), held as (
    select sum(hashint8extended(id, 1)) - sum(hashint8extended(id, version + 1)) as sum
    from inventory.products
), counted as (
    select product_id, count(*) as movements, count(distinct version) as versions,
           min(version) as first_version, max(version) as last_version
    from inventory.movements
    group by product_id
)
select coalesce(p.sku || ' ' || p.name, 'no such product') as entity,
       'versions 1..' || coalesce(p.version, 0) || ', each once' as expected,
       coalesce(m.movements, 0) || ' movements with ' || coalesce(m.versions, 0) || ' versions from '
           || coalesce(m.first_version::text, 'none') || ' to ' || coalesce(m.last_version::text, 'none') as actual,
       'product ' || coalesce(p.id, m.product_id) as detail
from inventory.products p
full join counted m on m.product_id = p.id
where coalesce((select sum from told), 0) is distinct from coalesce((select sum from held), 0)
  and (coalesce(m.movements, 0), coalesce(m.versions, 0), coalesce(m.last_version, 0), coalesce(m.first_version, 1))
      is distinct from (p.version, p.version, p.version, 1::bigint)
