-- A movement leads from (version, stock before) to (version + 1, stock after). Where each starts at the other's end,
-- from the initial stock to the present one, the hashes of all starts and all ends differ by those two alone; only
-- the other products are followed, from each movement to the next.
with told as (
    select product_id, sum(quantity) as quantity,
           sum(hashint8extended(stock_after - quantity, version)) - sum(hashint8extended(stock_after, version + 1))
               as sum
    from inventory.movements
    group by product_id
), followed as (
    select product_id, version, kind, order_id, quantity, stock_after,
           lag(stock_after) over (partition by product_id order by version, id) as stock_before
    from inventory.movements
    where product_id in (
        select p.id
        from inventory.products p
        join told on told.product_id = p.id
        where told.sum <> hashint8extended(p.initial_stock, 1)::numeric - hashint8extended(p.stock, p.version + 1)
    )
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
