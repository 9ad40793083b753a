-- invariant:  The stock of each product is its initial stock and the sum of its movements.
-- population: select count(*) from inventory.products
-- severity:   critical
select p.sku || ' ' || p.name as entity, p.initial_stock + coalesce(m.quantity, 0) || ' pieces' as expected,
       p.stock || ' pieces' as actual,
       'initially ' || p.initial_stock || ', then ' || coalesce(m.quantity, 0) || ' in ' || coalesce(m.movements, 0)
           || ' movements, product ' || p.id as detail
from inventory.products p
left join (
    select product_id, count(*) as movements, sum(quantity) as quantity
    from inventory.movements
    group by product_id
) m on m.product_id = p.id
where p.stock is distinct from p.initial_stock + coalesce(m.quantity, 0)
