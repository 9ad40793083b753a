-- invariant:  A product's price changes with a movement of kind set and with nothing else.
-- population: select count(*) from inventory.products
-- severity:   critical
-- From the initial price over each movement to the present one.
with prices as (
    select product_id, version::numeric, id, kind, price_cents
    from inventory.movements
    union all
    select id, '-infinity', 0, 'initial', initial_price_cents
    from inventory.products
    union all
    select id, 'infinity', 0, 'present', price_cents
    from inventory.products
), followed as (
    select product_id, version, kind, price_cents,
           lag(price_cents) over (partition by product_id order by version, id) as price_before
    from prices
)
select p.sku || ' ' || p.name as entity, round(f.price_before / 100.0, 2) || ' as before' as expected,
       round(f.price_cents / 100.0, 2)::text as actual,
       case f.kind when 'present' then 'present price' else f.kind || ' at version ' || f.version end
           || ', product ' || p.id as detail
from inventory.products p
join followed f on f.product_id = p.id
where f.kind not in ('initial', 'set') and f.price_cents is distinct from f.price_before
