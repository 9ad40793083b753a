-- invariant:  No write happened more than once.
-- population: select count(*) from operations
-- severity:   critical
select e.op_id as entity, 'at most one effect' as expected, count(*) || ' effects' as actual,
       string_agg(
           concat_ws(' ', e.action, 'order ' || e.order_id || ' version ' || e.order_version,
                     'product ' || e.product_id || coalesce(' version ' || e.product_version, '')), '; '
       ) as detail
from (select distinct op_id from operations) o
join inventory.events e on e.op_id = o.op_id and e.refusal is null
group by e.op_id
having count(*) > 1
