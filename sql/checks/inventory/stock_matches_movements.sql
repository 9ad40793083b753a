-- invariant:  A product's stock is its initial stock and the sum of its movements, now and after each of them.
-- population: select count(*) from inventory.products
-- severity:   critical
with told as (
    select product_id, sum(quantity) as quantity
    from inventory.movements
    group by product_id
), followed as (
    select product_id, version, kind, order_id, quantity, stock_after,
           lag(stock_after) over (partition by product_id order by version, id) as stock_before
    from inventory.movements
)
select p.sku || ' ' || p.name as entity, p.initial_stock + coalesce(t.quantity, 0) || ' pieces' as expected,
       p.stock || ' pieces' as actual,
       'initially ' || p.initial_stock || ', then ' || coalesce(t.quantity, 0) || ' by movements, product ' || p.id
           as detail
from inventory.products p
left join told t on t.product_id = p.id
where p.stock is distinct from p.initial_stock + coalesce(t.quantity, 0)
union all
select p.sku || ' ' || p.name, coalesce(m.stock_before, p.initial_stock) + m.quantity || ' pieces',
       m.stock_after || ' pieces',
       concat_ws(' ', m.kind, 'of', m.quantity, 'at version', m.version) || coalesce(', order ' || m.order_id, '')
           || ', product ' || p.id
from inventory.products p
join followed m on m.product_id = p.id
where m.stock_after is distinct from coalesce(m.stock_before, p.initial_stock) + m.quantity
