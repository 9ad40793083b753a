-- invariant:  Nobody waits in the reserve queue of a course that has a free seat.
-- population: select count(*) from registration.courses
-- severity:   critical
select c.course_name as entity, c.max_capacity || ' enrolled before anybody waits' as expected,
       counted.enrolled || ' enrolled, ' || counted.reserved || ' reserved' as actual, 'course ' || c.id as detail
from registration.courses c
left join (
    select course_id, count(*) filter (where status = 'ENROLLED') as enrolled,
           count(*) filter (where status = 'RESERVED') as reserved
    from registration.course_registrations
    group by course_id
) counted on counted.course_id = c.id
where counted.reserved > 0 and counted.enrolled < c.max_capacity
