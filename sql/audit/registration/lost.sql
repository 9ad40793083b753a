-- invariant:  Every write that a client was told had happened is stored.
-- population: select count(*) from operations where outcome = 'ok'
-- severity:   critical
-- A write stored as a refusal is not lost but told wrongly: that is mismatched.
select o.op_id as entity, 'an event' as expected, 'none' as actual,
       concat_ws(' ', o.action, 'by', s.student_number, o.actor, 'for', c.course_name, o.entity, o.answer) as detail
from operations o
left join registration.events e on e.op_id = o.op_id
left join registration.courses c on c.id::text = o.entity
left join registration.students s on s.id::text = o.actor
where o.outcome = 'ok' and e.id is null
