-- invariant:  Nothing happened that no client asked for.
-- population: select count(*) from registration.events where version is not null and not seeded
-- severity:   critical
select coalesce(e.op_id, 'no op_id') as entity, 'an operation of the history' as expected,
       concat_ws(' ', e.action, e.status, e.reserve_position) as actual,
       concat_ws(' ', 'version', e.version, 'by', s.student_number, e.student_id, 'for', c.course_name, e.course_id)
           as detail
from registration.events e
left join operations o on o.op_id = e.op_id
left join registration.courses c on c.id = e.course_id
left join registration.students s on s.id = e.student_id
where e.version is not null and not e.seeded and o.op_id is null
