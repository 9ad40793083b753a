-- invariant:  A product's initial stock and its movements, added up in version order, never fall below 0.
-- population: select count(*) from inventory.products
-- severity:   critical
-- Of the quantities alone, whatever stock_after says.
with counted as (
    select p.id, m.version, p.initial_stock + sum(m.quantity) over (partition by p.id order by m.version) as stock
    from inventory.products p
    join inventory.movements m on m.product_id = p.id
)
select p.sku || ' ' || p.name as entity, '0 or more pieces at every version' as expected,
       min(c.stock) || ' pieces' as actual,
       'below 0 at ' || count(*) || ' versions, first at ' || min(c.version) || ', product ' || p.id as detail
from inventory.products p
join counted c on c.id = p.id
where c.stock < 0
group by p.id, p.sku, p.name
