-- invariant:  No write that a client was told had been refused has happened.
-- population: select count(*) from operations
-- severity:   critical
-- Only where every attempt was refused: one without an answer may have happened.
with refused as (
    select op_id, min(answer ->> 'code') as code
    from operations
    group by op_id
    having bool_and(outcome = 'fail')
)
select o.op_id as entity, 'refused: ' || coalesce(o.code, 'no code') as expected,
       concat_ws(' ', e.action, e.status) as actual,
       concat_ws(', ', 'order ' || e.order_id || ' version ' || e.order_version,
                 'product ' || e.product_id || coalesce(' version ' || e.product_version, '')) as detail
from refused o
join inventory.events e on e.op_id = o.op_id and e.refusal is null
