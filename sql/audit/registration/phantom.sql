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
       concat_ws(' ', e.action, e.status, e.reserve_position) as actual,
       concat_ws(' ', 'version', e.version, 'by', s.student_number, e.student_id, 'for', c.course_name, e.course_id)
           as detail
from refused o
join registration.events e on e.op_id = o.op_id and e.version is not null
left join registration.courses c on c.id = e.course_id
left join registration.students s on s.id = e.student_id
