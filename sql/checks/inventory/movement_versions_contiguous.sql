-- invariant:  The versions of each product's movements are exactly 1..products.version, none twice.
-- population: select count(*) from inventory.products
-- severity:   critical
with counted as (
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
where (coalesce(m.movements, 0), coalesce(m.versions, 0), coalesce(m.last_version, 0), coalesce(m.first_version, 1))
      is distinct from (p.version, p.version, p.version, 1::bigint)
