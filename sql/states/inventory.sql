-- What was true of each product, order and SKU, from which version on, and the totals that the run started from.
-- Stock and price of a product are those of its movement, its name that of the last movement with one; the status of an
-- order is that of its event. Seeded movements give one state, at the last seeded version (the base). JSON is
-- concatenated, which costs a tenth of building it.
with bases as materialized (
    select p.id, p.sku, 'product ' || p.id as entity, coalesce(s.version, 0) as version,
           coalesce(m.stock_after, p.initial_stock) as stock,
           coalesce(m.price_cents, p.initial_price_cents) as price_cents, p.initial_name,
           made.product_id is not null as made,
           '{"id":' || p.id || ',"sku":' || to_json(p.sku) || ',"name":' as facts
    from inventory.products p
    left join (
        select m.product_id, max(m.version) as version
        from inventory.events e
        join inventory.movements m on m.order_id = e.order_id and m.kind = e.action
        where e.seeded
        group by m.product_id
    ) s on s.product_id = p.id
    left join inventory.movements m on m.product_id = p.id and m.version = s.version
    left join (
        select distinct product_id
        from inventory.events
        where action = 'create_product' and refusal is null and not seeded
    ) made on made.product_id = p.id
), moved as (
    -- The version stands before the name, so that the greatest of both is the last name.
    select product_id, version, stock_after, price_cents,
           substr(max(to_char(version, 'FM0000000000000000000') || name collate "C") over (
               partition by product_id order by version rows unbounded preceding
           ), 20) as name
    from inventory.movements
), lines as (
    select order_id, case count(*) when 1 then min(product_id) end as product_id, sum(quantity) as quantity,
           string_agg(product_id || 'x' || quantity || '@' || unit_price_cents, ',' order by product_id) as lines
    from inventory.order_lines
    group by order_id
), orders as (
    select o.id, round(o.total_cents / 100.0, 2) as total,
           '{"id":' || o.id || ',"product_id":' || coalesce(l.product_id::text, '"null"') || ',"quantity":'
               || coalesce(l.quantity::text, '"null"') || ',"created_at":"'
               || to_char(o.created_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US') || '","total_value":'
               || round(o.total_cents / 100.0, 2) || ',"lines":"' || coalesce(l.lines, '') || '","status":"' as facts
    from inventory.orders o
    left join lines l on l.order_id = o.id
), seeded_orders as (
    select distinct on (order_id) order_id, status
    from inventory.events
    where seeded and order_id is not null
    order by order_id, order_version desc
)
select entity, '' as aspect, version,
       facts || to_json(initial_name) || ',"price":' || round(price_cents / 100.0, 2) || ',"stock":' || stock || '}'
           as facts,
       '["sold_out on order if quantity > ' || stock || '"]' as allows
from bases
union all
select b.entity, '', m.version,
       b.facts || to_json(coalesce(m.name, b.initial_name)) || ',"price":' || round(m.price_cents / 100.0, 2)
           || ',"stock":' || m.stock_after || '}',
       '["sold_out on order if quantity > ' || m.stock_after || '"]'
from moved m
join bases b on b.id = m.product_id
where m.version > b.version
union all
select 'order ' || e.order_id, '', e.order_version, coalesce(o.facts || e.status || '"}', '{}'),
       case e.status
           when 'PENDING' then '["illegal_transition on ship","wrong_amount on pay if amount <> ' || o.total || '"]'
           when 'PAID' then '["illegal_transition on pay"]'
           when 'SHIPPED' then
               '["illegal_transition on pay","illegal_transition on ship","illegal_transition on cancel"]'
           when 'CANCELED' then '["illegal_transition on pay","illegal_transition on ship"]'
       end
from inventory.events e
left join orders o on o.id = e.order_id
where e.order_version is not null
union all
select 'sku ' || sku, '', made::integer, '{}', '["sku_taken on create_product"]'
from bases
union all
select 'total ' || t.name, '', 0, '{"value":' || t.value || '}', '[]'
from (
    select count(*) as products, count(*) filter (where stock > 0) as in_stock,
           count(*) filter (where stock <= 0) as out_of_stock, count(*) filter (where stock between 1 and 10) as low_stock,
           coalesce(sum(stock), 0) as stock_quantity, coalesce(sum(stock * price_cents), 0) as stock_value_cents
    from bases
    where not made
) p
cross join (
    select count(*) as orders, count(*) filter (where s.status = 'PENDING') as pending,
           count(*) filter (where s.status = 'PAID') as paid, count(*) filter (where s.status = 'SHIPPED') as shipped,
           count(*) filter (where s.status = 'CANCELED') as canceled,
           coalesce(sum(l.quantity) filter (where s.status <> 'CANCELED'), 0) as quantity_ordered,
           coalesce(sum(placed.total_cents) filter (where s.status <> 'CANCELED'), 0) as order_value_cents
    from seeded_orders s
    left join inventory.orders placed on placed.id = s.order_id
    left join lines l on l.order_id = s.order_id
) o
cross join lateral (values
    ('products', p.products), ('in_stock', p.in_stock), ('out_of_stock', p.out_of_stock),
    ('low_stock', p.low_stock), ('stock_quantity', p.stock_quantity), ('stock_value_cents', p.stock_value_cents),
    ('orders', o.orders), ('orders PENDING', o.pending), ('orders PAID', o.paid), ('orders SHIPPED', o.shipped),
    ('orders CANCELED', o.canceled), ('quantity_ordered', o.quantity_ordered),
    ('order_value_cents', o.order_value_cents)
) t (name, value)
union all
select 'invalid', '', 0, '{}', '["invalid_request"]'
