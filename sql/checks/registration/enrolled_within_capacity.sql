-- invariant:  No course has more ENROLLED students than max_capacity.
-- population: select count(*) from registration.courses
-- severity:   critical
select c.course_name as entity, 'at most ' || c.max_capacity || ' enrolled' as expected,
       seats.taken || ' enrolled' as actual,
       seats.taken - c.max_capacity || ' too many, course ' || c.id as detail
from registration.courses c
left join (
    select course_id, count(*) as taken
    from registration.course_registrations
    where status = 'ENROLLED'
    group by course_id
) seats on seats.course_id = c.id
where coalesce(seats.taken, 0) > c.max_capacity
