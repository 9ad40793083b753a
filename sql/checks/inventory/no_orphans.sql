-- invariant:  Every granted write changed something that is there, and every payment is an order's.
-- population: select count(*) from inventory.products
-- severity:   critical
-- What else could be an orphan has its check: a movement of no product in movement_versions_contiguous, of no line in
-- lines_match_movements, an event of no order in order_versions_contiguous, an order of no line in
-- order_total_is_sum_of_lines.
with granted as (
    select id, action, op_id, order_id, order_version, product_id, product_version
    from inventory.events
    where refusal is null and (order_id is null or order_version is null)
)
select concat_ws(' ', e.action, e.op_id) as entity,
       case when e.action in ('order', 'pay', 'ship') then 'a version of an order'
            when e.action = 'cancel' then 'an order'
            when e.action in ('adjust', 'restock', 'update_product') then 'a version of a product'
            else 'a product'
       end as expected,
       concat_ws(', ', coalesce('order ' || e.order_id, 'no order'),
                 coalesce('version ' || e.order_version, 'no version'), coalesce('product ' || p.id, 'no product'),
                 coalesce('version ' || e.product_version, 'no version')) as actual,
       'event ' || e.id as detail
from granted e
left join inventory.products p on p.id = e.product_id
where case
    when e.action in ('order', 'pay', 'ship') then true
    when e.action = 'cancel' then e.order_id is null
    when e.action in ('adjust', 'restock', 'update_product') then p.id is null or e.product_version is null
    else p.id is null
end
union all
select 'order ' || p.order_id, 'an order', 'none', p.kind || ' of ' || round(p.amount_cents / 100.0, 2)
from inventory.payments p
left join inventory.orders o on o.id = p.order_id
where o.id is null
