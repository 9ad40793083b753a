-- invariant:  The stored answer of each granted write is what its rows say: a repeated key is answered the truth again.
-- population: select count(*) from inventory.events
-- severity:   critical
-- The lines of orders are compared in bulk_all_or_nothing, names in name_matches_movements. Times are compared as
-- text: what is no time is another answer, not an error. Seeded events have no answer.
with lines as (
    select order_id, sum(quantity) as quantity, case when min(product_id) = max(product_id) then min(product_id) end
               as product_id
    from inventory.order_lines
    group by order_id
)
select concat_ws(' ', e.action, coalesce(e.order_id::text, 'of nothing')) as entity,
       concat_ws(', ', o.id, coalesce(e.status, 'CANCELED'), l.product_id, l.quantity, round(o.total_cents / 100.0, 2),
                 to_char(o.created_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US')) as expected,
       coalesce(e.answer::text, 'no answer') as actual, 'event ' || e.id as detail
from inventory.events e
left join inventory.orders o on o.id = e.order_id
left join lines l on l.order_id = e.order_id
where e.action in ('order', 'pay', 'ship', 'cancel') and e.refusal is null and not e.seeded
  and ((e.answer ->> 'id')::integer = o.id and e.answer ->> 'status' = coalesce(e.status, 'CANCELED')
       and (e.answer ->> 'product_id')::integer is not distinct from l.product_id
       and (e.answer ->> 'quantity')::bigint = l.quantity
       and (e.answer ->> 'total_value')::numeric = o.total_cents / 100.0
       and e.answer ->> 'created_at' = to_char(o.created_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US')
      ) is not true
union all
select e.action || ' ' || coalesce(p.sku, 'of no product'),
       concat_ws(', ', p.id, p.sku, round(m.price_cents / 100.0, 2), m.stock_after),
       coalesce(e.answer::text, 'no answer'), 'event ' || e.id
from inventory.events e
left join inventory.products p on p.id = e.product_id
left join inventory.movements m
    on m.product_id = e.product_id and m.version = e.product_version and m.order_id is null
where e.action in ('adjust', 'restock', 'update_product') and e.refusal is null and not e.seeded
  and ((e.answer ->> 'id')::integer = p.id and e.answer ->> 'sku' = p.sku
       and (e.answer ->> 'price')::numeric = m.price_cents / 100.0
       and (e.answer ->> 'stock')::bigint = m.stock_after) is not true
union all
select e.action || ' ' || coalesce(p.sku, 'of no product'),
       concat_ws(', ', p.id, p.sku, p.initial_name, round(p.initial_price_cents / 100.0, 2), p.initial_stock),
       coalesce(e.answer::text, 'no answer'), 'event ' || e.id
from inventory.events e
left join inventory.products p on p.id = e.product_id
where e.action = 'create_product' and e.refusal is null and not e.seeded
  and ((e.answer ->> 'id')::integer = p.id and e.answer ->> 'sku' = p.sku and e.answer ->> 'name' = p.initial_name
       and (e.answer ->> 'price')::numeric = p.initial_price_cents / 100.0
       and (e.answer ->> 'stock')::bigint = p.initial_stock) is not true
