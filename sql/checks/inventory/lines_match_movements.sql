-- invariant:  Each line has exactly one outbound movement, at its quantity and price; a cancel gives back exactly once.
-- population: select count(*) from inventory.orders
-- severity:   critical
-- And each movement of an order has its line.
with bought as (
    select l.order_id, l.product_id, l.quantity, l.unit_price_cents, o.status = 'CANCELED' as canceled
    from inventory.order_lines l
    left join inventory.orders o on o.id = l.order_id
), served as (
    select order_id, product_id, count(*) filter (where kind = 'order') as times_out,
           -sum(quantity) filter (where kind = 'order') as quantity_out,
           min(price_cents) filter (where kind = 'order') as price_cents,
           count(*) filter (where kind = 'cancel') as times_back,
           coalesce(sum(quantity) filter (where kind = 'cancel'), 0) as quantity_back
    from inventory.movements
    where order_id is not null
    group by order_id, product_id
)
select 'order ' || order_id as entity,
       case when b.canceled is null then 'no movement'
            else b.quantity || ' out at ' || round(b.unit_price_cents / 100.0, 2)
                || case when b.canceled then ', ' || b.quantity || ' back' else '' end
       end as expected,
       coalesce(s.quantity_out, 0) || ' out in ' || coalesce(s.times_out, 0) || ' movements'
           || coalesce(' at ' || round(s.price_cents / 100.0, 2), '') || ', ' || coalesce(s.quantity_back, 0)
           || ' back in ' || coalesce(s.times_back, 0) as actual,
       coalesce(p.sku || ' ' || p.name, 'no such product') || ', product ' || product_id as detail
from bought b
full join served s using (order_id, product_id)
left join inventory.products p on p.id = product_id
where (b.quantity, b.unit_price_cents, 1, b.canceled::integer, case when b.canceled then b.quantity else 0 end)
      is distinct from (s.quantity_out, s.price_cents, s.times_out, s.times_back, s.quantity_back)
