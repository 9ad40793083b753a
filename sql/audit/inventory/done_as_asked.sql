-- invariant:  What was done is what was asked: how many pieces, at which price, for how much.
-- population: select count(*) from operations where kind = 'write' and outcome = 'ok' and args is not null
-- severity:   critical
-- An answer can describe correctly a write that differs from the request. Read over the evidence, by DuckDB. An adjustment may be
-- smaller than asked where it left nothing.
with asked as (
    select op_id, action, entity, args, coalesce(args -> entity, args) as args_of_entity
    from (
        select op_id, action, args::json as args, unnest(entities) as entity
        from operations
        where kind = 'write' and outcome = 'ok' and args is not null and args <> 'null'
    )
), compared as (
    select a.op_id, a.action, a.entity, a.args, e.answer,
           json_extract_string(a.args_of_entity, ['$.quantity', '$.adjustment', '$.amount', '$.price', '$.stock']) as n,
           json_extract_string(a.args_of_entity, ['$.name', '$.reason', '$.sku']) as t,
           json_extract_string(e.answer, ['$.moved', '$.stock', '$.price', '$.captured', '$.name', '$.reason', '$.sku']) as d
    from asked a
    join effects e on e.op_id = a.op_id and e.entity = a.entity
    where e.refused is null
)
select entity, action || ' ' || args as expected, coalesce(answer, 'none') as actual, op_id as detail
from compared
where case
    when action = 'order' and entity like 'product %' then n[1]::double is distinct from -(d[1]::double)
    when action = 'restock' then n[1]::double is distinct from d[1]::double
    when action = 'adjust' then (
        n[2]::double is distinct from d[1]::double and not (d[2]::double = 0 and n[2]::double < d[1]::double)
    ) or t[2] is distinct from d[6]
    when action = 'pay' then n[3]::double <> d[4]::double
    when action in ('create_product', 'update_product') then
        n[4]::double <> d[3]::double or n[5]::double <> d[2]::double or t[1] <> d[5] or upper(t[3]) <> d[7]
    else false
end
union all
select 'order ' || a.op_id, 'an order of ' || a.products || ' products', 'an order of ' || e.products, a.op_id
from (
    select op_id, len(json_keys(args)) as products
    from operations
    where kind = 'write' and outcome = 'ok' and action = 'order' and args is not null
) a
join (
    select op_id, count(*) as products
    from effects
    where action = 'order' and entity like 'product %' and refused is null and not implied
    group by op_id
) e on e.op_id = a.op_id
where a.products <> e.products
