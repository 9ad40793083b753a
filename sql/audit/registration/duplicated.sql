-- invariant:  No write happened more than once.
-- population: select count(*) from operations
-- severity:   critical
select e.op_id as entity, 'at most one effect' as expected, count(*) || ' effects' as actual,
       string_agg(
           concat_ws(' ', e.action, e.status, 'by', e.student_id, 'for', e.course_id, 'version', e.version), '; '
       ) as detail
from (select distinct op_id from operations) o
join registration.events e on e.op_id = o.op_id and e.version is not null
group by e.op_id
having count(*) > 1
