-- invariant:  No product's stock is below 0, nor was it after any movement.
-- population: select count(*) from inventory.products
-- severity:   critical
select p.sku || ' ' || p.name as entity, '0 or more pieces' as expected,
       p.stock || ' pieces' || coalesce(', once ' || m.lowest, '') as actual, 'product ' || p.id as detail
from inventory.products p
left join (
    select product_id, min(stock_after) as lowest
    from inventory.movements
    where stock_after < 0
    group by product_id
) m on m.product_id = p.id
where least(p.stock, m.lowest) < 0
