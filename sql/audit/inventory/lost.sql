-- invariant:  Every write that a client was told had happened is stored.
-- population: select count(*) from operations where outcome = 'ok'
-- severity:   critical
-- A write stored as a refusal, or of which only the event is left, is not lost but told wrongly: that is mismatched.
select o.op_id as entity, 'an event' as expected, 'none' as actual,
       concat_ws(' ', o.action, o.entity, o.args, 'told', o.answer) as detail
from operations o
left join inventory.events e on e.op_id = o.op_id
where o.outcome = 'ok' and e.id is null
