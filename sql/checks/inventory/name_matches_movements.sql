-- invariant:  A product's name, now and in every stored answer, is its initial name or the last one in its movements.
-- population: select count(*) from inventory.products
-- severity:   critical
-- A movement without a name leaves the name as it was.
with names as (
    select id as product_id, 0 as version, initial_name as name
    from inventory.products
    union all
    select product_id, version, name
    from inventory.movements
    where name is not null
), valid as (
    select product_id, name, version as from_version,
           lead(version) over (partition by product_id order by version) as until_version
    from names
)
select p.sku || ' ' || p.name as entity, v.name as expected, p.name as actual,
       'present name, product ' || p.id as detail
from inventory.products p
left join valid v on v.product_id = p.id and v.until_version is null
where p.name is distinct from v.name
union all
select p.sku || ' ' || p.name, v.name, coalesce(e.answer ->> 'name', 'no answer'),
       e.action || ' at version ' || e.product_version || ', product ' || p.id
from inventory.events e
join inventory.products p on p.id = e.product_id
join valid v on v.product_id = e.product_id and v.from_version <= e.product_version
    and (v.until_version > e.product_version) is not false
where e.answer ->> 'name' is distinct from v.name
