-- invariant:  The stored answer of each granted write is what its rows say: a repeated key is answered the truth again.
-- population: select count(*) from inventory.events
-- severity:   critical
-- The lines of orders are compared in bulk_all_or_nothing, names in name_changes_only_by_update.
with granted as (
    select id, action, order_id, product_id, product_version, coalesce(status, 'CANCELED') as status, answer
    from inventory.events
    where refusal is null and not seeded
), lines as (
    select order_id, sum(quantity) as quantity, case count(*) when 1 then min(product_id) end as product_id
    from inventory.order_lines
    where order_id in (select order_id from granted)
    group by order_id
), moves as (
    select product_id, version, stock_after, price_cents
    from inventory.movements
    where order_id is null
), rows as (
    select g.id, g.action, g.answer, concat_ws(', ', o.id, g.status, l.product_id, l.quantity, o.total_cents,
               o.created_at at time zone 'utc') as stored,
           concat_ws(', ', g.answer ->> 'id', g.answer ->> 'status', g.answer ->> 'product_id',
               g.answer ->> 'quantity', ((g.answer ->> 'total_value')::numeric * 100)::bigint,
               (g.answer ->> 'created_at')::timestamp) as told
    from granted g
    left join inventory.orders o on o.id = g.order_id
    left join lines l on l.order_id = g.order_id
    where g.action in ('order', 'pay', 'ship', 'cancel')
    union all
    select g.id, g.action, g.answer, concat_ws(', ', p.id, p.sku, m.price_cents, m.stock_after),
           concat_ws(', ', g.answer ->> 'id', g.answer ->> 'sku', ((g.answer ->> 'price')::numeric * 100)::bigint,
               g.answer ->> 'stock')
    from granted g
    left join inventory.products p on p.id = g.product_id
    left join moves m on m.product_id = g.product_id and m.version = g.product_version
    where g.action in ('adjust', 'restock', 'update_product')
    union all
    select g.id, g.action, g.answer,
           concat_ws(', ', p.id, p.sku, p.initial_name, p.initial_price_cents, p.initial_stock),
           concat_ws(', ', g.answer ->> 'id', g.answer ->> 'sku', g.answer ->> 'name',
               ((g.answer ->> 'price')::numeric * 100)::bigint, g.answer ->> 'stock')
    from granted g
    left join inventory.products p on p.id = g.product_id
    where g.action = 'create_product'
)
select action || ', event ' || id as entity, stored as expected, told as actual, answer::text as detail
from rows
where told <> stored
