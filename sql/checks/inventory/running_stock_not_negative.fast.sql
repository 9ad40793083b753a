-- Where not even all that went out together exceeds the initial stock, nothing needs to be added up in order.
with gone as (
    select product_id, sum(least(quantity, 0)) as quantity
    from inventory.movements
    group by product_id
), unclear as (
    select p.id, p.initial_stock
    from inventory.products p
    join gone on gone.product_id = p.id
    where p.initial_stock + gone.quantity < 0
), counted as (
    select u.id, m.version, u.initial_stock + sum(m.quantity) over (partition by u.id order by m.version) as stock
    from unclear u
    join inventory.movements m on m.product_id = u.id
)
select p.sku || ' ' || p.name as entity, '0 or more pieces at every version' as expected,
       min(c.stock) || ' pieces' as actual,
       'below 0 at ' || count(*) || ' versions, first at ' || min(c.version) || ', product ' || p.id as detail
from inventory.products p
join counted c on c.id = p.id
where c.stock < 0
group by p.id, p.sku, p.name
