-- invariant:  Whoever is told that something is sold out is told the truth: it was short at some moment of the request.
-- population: select count(*) from operations where outcome = 'fail'
-- severity:   warning
-- Asked of the history, not of the stored refusals. The stock that a movement left was the present one from a moment
-- after the movement was written (occurred_at) until one before the movement after the next was: whoever writes that
-- has seen the next one committed. A refusal is wrong where none of the stocks that it may have seen was short of any
-- line. Movements are taken in the order of their times, which is that of their versions unless a race mixed them.
-- What was seen is materialized, or each refusal would carry its products' whole histories through the last sort.
with refused as (
    select o.op_id, o.attempt, o.invoked_at, o.completed_at, line -> 'product_id' as product_id,
           line -> 'quantity' as quantity
    from operations o
    cross join lateral jsonb_path_query(o.args, '$.lines[*]') as line
    where o.action = 'order' and o.outcome = 'fail' and o.answer ->> 'code' = 'sold_out'
), histories as (
    select p.id, to_jsonb(p.id) as product_id, p.sku || ' ' || p.name as name, p.initial_stock,
           array_agg(extract(epoch from m.occurred_at)::double precision order by m.occurred_at, m.version)
               filter (where m.version is not null) as times,
           array_agg(m.stock_after order by m.occurred_at, m.version) filter (where m.version is not null) as stocks
    from inventory.products p
    left join inventory.movements m on m.product_id = p.id
    where to_jsonb(p.id) in (select product_id from refused)
    group by p.id
), looked_at as (
    select r.op_id, r.attempt, r.quantity, h.id, h.name, h.initial_stock, h.stocks,
           coalesce(width_bucket(r.invoked_at, h.times), 0) - 1 as first_seen,
           coalesce(width_bucket(r.completed_at, h.times), 0) as last_seen
    from refused r
    left join histories h on h.product_id = r.product_id
), seen as materialized (
    select l.op_id, l.attempt, l.id, l.name, l.quantity,
           least(s.lowest, case when l.first_seen <= 0 then l.initial_stock end) as lowest
    from looked_at l
    cross join lateral (
        select min(stock) as lowest
        from unnest(l.stocks[greatest(l.first_seen, 1) : l.last_seen]) as stocks (stock)
    ) s
)
select op_id as entity, 'short of a line at some moment of the request' as expected,
       string_agg(lowest || ' pieces or more of ' || name || ', asked for ' || quantity, '; ' order by id) as actual,
       string_agg('product ' || id, ', ' order by id) as detail
from seen
group by op_id, attempt
having bool_and(to_jsonb(lowest) >= quantity)
