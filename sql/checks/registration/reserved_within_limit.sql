-- invariant:  No course has more RESERVED students than reserve_limit.
-- population: select count(*) from registration.courses
-- severity:   critical
select c.course_name as entity, 'at most ' || c.reserve_limit || ' reserved' as expected,
       queue.length || ' reserved' as actual,
       queue.length - c.reserve_limit || ' too many, course ' || c.id as detail
from registration.courses c
left join (
    select course_id, count(*) as length
    from registration.course_registrations
    where status = 'RESERVED'
    group by course_id
) queue on queue.course_id = c.id
where coalesce(queue.length, 0) > c.reserve_limit
