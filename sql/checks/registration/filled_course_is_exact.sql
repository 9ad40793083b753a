-- invariant:  In a course without drops, min(max_capacity, demand) are ENROLLED and min(reserve_limit, the rest) RESERVED.
-- population: select count(*) from registration.courses
-- severity:   critical
-- Demand is who holds a place and who was refused one because the course was full. Where seats and queue are both
-- exactly full, demand beyond them changes nothing (and a client without a key leaves no refusal to count).
with students as (
    select course_id, student_id, false as dropped
    from registration.course_registrations
    union all
    select course_id, student_id, action = 'drop'
    from registration.events
    where version is not null or (action = 'register' and refusal = 'course_full')
), wanted as (
    select course_id, count(distinct student_id) as demand
    from students
    group by course_id
    having not bool_or(dropped)
), counted as (
    select course_id, count(*) filter (where status = 'ENROLLED') as enrolled,
           count(*) filter (where status = 'RESERVED') as reserved
    from registration.course_registrations
    group by course_id
), due as (
    select c.course_name, c.id, w.demand, coalesce(r.enrolled, 0) as enrolled, coalesce(r.reserved, 0) as reserved,
           least(c.max_capacity, w.demand) as seats,
           least(c.reserve_limit, greatest(w.demand - c.max_capacity, 0)) as queue
    from registration.courses c
    join wanted w on w.course_id = c.id
    left join counted r on r.course_id = c.id
)
select course_name as entity, seats || ' enrolled, ' || queue || ' reserved' as expected,
       enrolled || ' enrolled, ' || reserved || ' reserved' as actual,
       demand || ' students wanted a place, course ' || id as detail
from due
where (enrolled, reserved) is distinct from (seats, queue)
