-- invariant:  Each product was made by exactly one granted event, and has been there since then.
-- population: select count(*) from inventory.products
-- severity:   critical
with made as (
    select product_id, count(*) as times, min(occurred_at) filter (where not seeded) as moment
    from inventory.events
    where action = 'create_product' and refusal is null
    group by product_id
)
select coalesce(p.sku || ' ' || p.name, 'no such product') as entity,
       'made once' || coalesce(', at ' || m.moment, '') as expected,
       'made ' || coalesce(m.times, 0) || ' times' || coalesce(', there since ' || p.created_at, '') as actual,
       'product ' || coalesce(p.id, m.product_id) as detail
from inventory.products p
full join made m on m.product_id = p.id
where (p.id is not null, coalesce(m.times, 0)) is distinct from (true, 1::bigint)
   or p.created_at <> m.moment
