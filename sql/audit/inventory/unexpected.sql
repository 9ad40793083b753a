-- invariant:  Nothing happened that no client asked for.
-- population: select count(*) from inventory.events where refusal is null and not seeded
-- severity:   critical
select coalesce(e.op_id, 'no op_id') as entity, 'an operation of the history' as expected,
       concat_ws(' ', e.action, e.status) as actual,
       concat_ws(', ', 'order ' || e.order_id || ' version ' || e.order_version,
                 'product ' || e.product_id || coalesce(' version ' || e.product_version, '')) as detail
from inventory.events e
left join operations o on o.op_id = e.op_id
where e.refusal is null and not e.seeded and o.op_id is null
