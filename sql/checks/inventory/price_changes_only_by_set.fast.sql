-- Where every movement has the initial and present price, nothing changed; only the other products are followed, from
-- the initial price over each movement to the present one.
with unclear as (
    select p.id
    from inventory.products p
    left join (
        select product_id, min(price_cents) as lowest, max(price_cents) as highest
        from inventory.movements
        group by product_id
    ) m on m.product_id = p.id
    where least(m.lowest, p.initial_price_cents, p.price_cents)
          <> greatest(m.highest, p.initial_price_cents, p.price_cents)
), prices as (
    select product_id, version::numeric, id, kind, price_cents
    from inventory.movements
    where product_id in (select id from unclear)
    union all
    select id, '-infinity', 0, 'initial', initial_price_cents
    from inventory.products
    where id in (select id from unclear)
    union all
    select id, 'infinity', 0, 'present', price_cents
    from inventory.products
    where id in (select id from unclear)
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
