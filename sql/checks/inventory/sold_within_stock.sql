-- invariant:  The pieces in orders that are not CANCELED are never more than there were to sell.
-- population: select count(*) from inventory.products
-- severity:   critical
-- There were to sell: the initial stock, and what was adjusted, restocked and set since.
with ordered as (
    select product_id, sum(quantity) as quantity
    from inventory.order_lines
    group by product_id
), canceled as (
    select l.product_id, sum(l.quantity) as quantity
    from inventory.orders o
    join inventory.order_lines l on l.order_id = o.id
    where o.status = 'CANCELED'
    group by l.product_id
), changed as (
    select product_id, sum(quantity) as quantity
    from inventory.movements
    where order_id is null
    group by product_id
), sales as (
    select p.id, p.sku, p.name, p.stock, p.initial_stock + coalesce(changed.quantity, 0) as available,
           coalesce(ordered.quantity, 0) - coalesce(canceled.quantity, 0) as sold
    from inventory.products p
    left join ordered on ordered.product_id = p.id
    left join canceled on canceled.product_id = p.id
    left join changed on changed.product_id = p.id
)
select sku || ' ' || name as entity, 'at most ' || available || ' sold' as expected, sold || ' sold' as actual,
       sold - available || ' too many, stock now ' || stock || ', product ' || id as detail
from sales
where sold > available
