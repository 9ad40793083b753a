-- invariant:  The counters of each course equal its counted registrations.
-- population: select count(*) from registration.courses
-- severity:   critical
select c.course_name as entity,
       coalesce(counted.enrolled, 0) || ' enrolled, ' || coalesce(counted.reserved, 0) || ' reserved' as expected,
       c.enrolled_count || ' enrolled, ' || c.reserved_count || ' reserved' as actual, 'course ' || c.id as detail
from registration.courses c
left join (
    select course_id, count(*) filter (where status = 'ENROLLED') as enrolled,
           count(*) filter (where status = 'RESERVED') as reserved
    from registration.course_registrations
    group by course_id
) counted on counted.course_id = c.id
where (c.enrolled_count, c.reserved_count)
      is distinct from (coalesce(counted.enrolled, 0), coalesce(counted.reserved, 0))
