-- invariant:  A product's name changes with an update and with nothing else.
-- population: select count(*) from inventory.products
-- severity:   critical
-- The ledger does not hold the name, the answers do. Where all of them, the initial and the present name are the same,
-- nothing changed; only the other products are followed, from the initial name over each answer to the present one.
with unclear as (
    select p.id
    from inventory.products p
    left join (
        select product_id, min(answer ->> 'name') as lowest, max(answer ->> 'name') as highest
        from inventory.events
        where product_version is not null
        group by product_id
    ) e on e.product_id = p.id
    where (p.name, coalesce(e.lowest, p.name), coalesce(e.highest, p.name))
          is distinct from (p.initial_name, p.name, p.name)
), names as (
    select product_id, product_version::numeric as version, action, answer ->> 'name' as name
    from inventory.events
    where product_version is not null and product_id in (select id from unclear)
    union all
    select id, '-infinity', 'initial', initial_name
    from inventory.products
    where id in (select id from unclear)
    union all
    select id, 'infinity', 'present', name
    from inventory.products
    where id in (select id from unclear)
), followed as (
    select product_id, version, action, name, lag(name) over (partition by product_id order by version) as name_before
    from names
)
select p.sku || ' ' || p.name as entity, f.name_before || ' as before' as expected, f.name as actual,
       case f.action when 'present' then 'present name' else f.action || ' at version ' || f.version end
           || ', product ' || p.id as detail
from inventory.products p
join followed f on f.product_id = p.id
where f.action not in ('initial', 'update_product') and f.name is distinct from f.name_before
