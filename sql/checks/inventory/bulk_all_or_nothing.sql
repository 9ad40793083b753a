-- invariant:  Every order holds exactly the lines that were granted, or there is no order; no later answer has others.
-- population: select count(*) from inventory.orders
-- severity:   critical
-- A full join, which never compares each with each, however few the planner expects just after a run.
with granted as (
    select order_id, action, (answer -> 'lines')::jsonb as lines
    from inventory.events
    where action in ('order', 'pay', 'ship', 'cancel') and refusal is null and not seeded
), held as (
    select order_id, jsonb_agg(jsonb_build_object(
               'product_id', product_id, 'quantity', quantity, 'unit_price', round(unit_price_cents / 100.0, 2)
           ) order by product_id) as lines
    from inventory.order_lines
    where order_id in (select order_id from granted)
    group by order_id
)
select coalesce('order ' || order_id, 'no order') as entity,
       g.action || ' of lines ' || coalesce(g.lines::text, 'none') as expected,
       coalesce(h.lines::text, 'none') as actual,
       case when o.id is null then 'no such order' else o.status end as detail
from granted g
full join held h using (order_id)
left join inventory.orders o on o.id = order_id
where (g.lines @> h.lines and h.lines @> g.lines) is not true
