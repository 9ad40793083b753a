-- One row per write and entity that it touched. An order touches its own row (version 1) and each of its products (the
-- movement's version); a cancel gives stock back to products that the client did not name (implied). Facts come from
-- the rows that were written, not from the stored answer. `moved`, `reason` and `captured` are not answered: they are
-- compared with what was asked (sql/audit/inventory/done_as_asked.sql).
-- Seeded writes are left out: a version without an effect was there from the beginning. The refusal of an order or of a
-- new product stores no entity: there it is empty. Only an update changes a price, so the value of the stock before it
-- is at the price of the product's change before; money is in whole cents, whose sums are exact. JSON is concatenated,
-- which costs a tenth of building it.
with lines as (
    select order_id, case count(*) when 1 then min(product_id) end as product_id, sum(quantity) as quantity,
           string_agg(product_id || 'x' || quantity || '@' || unit_price_cents, ',' order by product_id) as lines
    from inventory.order_lines
    group by order_id
), orders as (
    select o.id, l.quantity, o.total_cents,
           '{"id":' || o.id || ',"product_id":' || coalesce(l.product_id::text, 'null') || ',"quantity":'
               || coalesce(l.quantity::text, 'null') || ',"created_at":"'
               || to_char(o.created_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US') || '","total_value":'
               || round(o.total_cents / 100.0, 2) || ',"lines":"' || coalesce(l.lines, '') || '","status":"' as facts
    from inventory.orders o
    left join lines l on l.order_id = o.id
), captured as (
    select order_id, min(amount_cents) as cents
    from inventory.payments
    where kind = 'capture'
    group by order_id
), changes as (
    select *, row_number() over (partition by product_id, product_version order by id) as nth
    from inventory.events
    where action in ('update_product', 'adjust', 'restock') and not seeded
), moved as not materialized (
    -- `crossings`: which products the movement makes in stock, out of stock or low on stock (1 to 10 pieces, as the API counts).
    select *, case
               when stock_after > 0 and stock_after <= quantity then ',"in_stock":1,"out_of_stock":-1'
               when stock_after <= 0 and stock_after > quantity then ',"in_stock":-1,"out_of_stock":1'
               else ''
           end || case (stock_after between 1 and 10)::integer - (stock_after - quantity between 1 and 10)::integer
               when 1 then ',"low_stock":1}'
               when -1 then ',"low_stock":-1}'
               else '}'
           end as crossings
    from inventory.movements
), moves as (
    select *, row_number() over (partition by product_id, version order by id) as nth,
           lag(price_cents) over history as price_before,
           -- The version stands before the name, so that the greatest of both is the last name.
           substr(max(to_char(version, 'FM0000000000000000000') || name collate "C") over history, 20) as last_name
    from moved
    where order_id is null
    window history as (partition by product_id order by version, id)
), made as (
    select e.*, p.sku, '{"id":' || p.id || ',"sku":' || to_json(p.sku) || ',"name":' || to_json(p.initial_name)
           || ',"price":' || round(p.initial_price_cents / 100.0, 2) || ',"stock":' || p.initial_stock || '}' as facts,
           '{"products":1,"stock_quantity":' || p.initial_stock || ',"stock_value_cents":'
               || p.initial_stock * p.initial_price_cents || ',"'
               || case when p.initial_stock > 0 then 'in_stock' else 'out_of_stock' end || '":1'
               || case when p.initial_stock between 1 and 10 then ',"low_stock":1}' else '}' end as adds
    from inventory.events e
    left join inventory.products p on p.id = e.product_id
    where e.action = 'create_product' and not e.seeded
)
select e.op_id, case when e.action = 'order' then e.order_id::text end as key, null::text as actor, e.action,
       coalesce('order ' || e.order_id, case when e.refusal is null then 'not stored' else '' end) as entity,
       e.order_version as version, e.refusal as refused,
       case when e.refusal is null then
           o.facts || coalesce(e.status, 'CANCELED') || '"'
               || case when e.action = 'pay' then coalesce(',"captured":' || round(c.cents / 100.0, 2), '') else '' end
               || '}'
       end as answer,
       false as seeded, extract(epoch from e.occurred_at)::float8 as occurred_at, false as implied,
       case when e.order_version is not null then
           case e.action
               when 'order' then
                   '{"orders":1,"orders PENDING":1,"quantity_ordered":' || o.quantity
                   || ',"order_value_cents":' || o.total_cents || '}'
               when 'pay' then '{"orders PENDING":-1,"orders PAID":1}'
               when 'ship' then '{"orders PAID":-1,"orders SHIPPED":1}'
               when 'cancel' then
                   '{"orders ' || case when e.order_version = 2 then 'PENDING' else 'PAID' end
                   || '":-1,"orders CANCELED":1,"quantity_ordered":' || -o.quantity
                   || ',"order_value_cents":' || -o.total_cents || '}'
           end
       end as adds
from inventory.events e
left join orders o on o.id = e.order_id
left join captured c on c.order_id = e.order_id and e.action = 'pay'
where e.action in ('order', 'pay', 'ship', 'cancel') and not e.seeded
union all
select e.op_id, case when m.kind = 'order' then m.order_id::text end, null, m.kind, 'product ' || m.product_id,
       m.version, null, '{"moved":' || m.quantity || '}', false, extract(epoch from m.occurred_at)::float8, m.kind = 'cancel',
       '{"stock_quantity":' || m.quantity || ',"stock_value_cents":' || m.quantity * m.price_cents || m.crossings
from moved m
left join inventory.events e on e.order_id = m.order_id and e.action = m.kind and e.order_version is not null
where m.order_id is not null and e.seeded is not true
union all
select e.op_id, null, null, e.action,
       coalesce('product ' || e.product_id, case when e.refusal is null then 'not stored' else '' end),
       e.product_version, e.refusal,
       case when e.refusal is null then
           '{"id":' || p.id || ',"sku":' || to_json(p.sku) || ',"name":' || to_json(coalesce(m.last_name, p.initial_name))
           || ',"price":' || round(m.price_cents / 100.0, 2) || ',"stock":' || m.stock_after
           || ',"moved":' || m.quantity || ',"reason":' || coalesce(to_json(m.reason)::text, 'null') || '}'
       end,
       false, extract(epoch from e.occurred_at)::float8, false,
       '{"stock_quantity":' || m.quantity || ',"stock_value_cents":' || (
           m.stock_after * m.price_cents
           - (m.stock_after - m.quantity) * coalesce(m.price_before, p.initial_price_cents)
       ) || m.crossings
from changes e
left join moves m on m.product_id = e.product_id and m.version = e.product_version and m.nth = e.nth
left join inventory.products p on p.id = e.product_id
union all
select op_id, product_id::text, null, action,
       coalesce('sku ' || sku, case when refusal is null then 'not stored' else '' end),
       case when refusal is null then 1 end, refusal, facts, false, extract(epoch from occurred_at)::float8, false, null
from made
union all
select op_id, product_id::text, null, action, coalesce('product ' || product_id, 'not stored'), 0, null, facts, false,
       extract(epoch from occurred_at)::float8, false, adds
from made
where refusal is null
