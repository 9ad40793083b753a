-- Where seats and queue are both exactly full, with no student twice, no demand needs to be counted. Materialized, or
-- the planner counts that of all courses before it looks at which are full.
with counted as (
    select course_id, count(*) filter (where status = 'ENROLLED') as enrolled,
           count(*) filter (where status = 'RESERVED') as reserved
    from registration.course_registrations
    group by course_id
), doubled as (
    select course_id
    from registration.course_registrations
    group by course_id
    having count(distinct student_id) < count(*)
), unfilled as materialized (
    select c.*, coalesce(r.enrolled, 0) as enrolled, coalesce(r.reserved, 0) as reserved
    from registration.courses c
    left join counted r on r.course_id = c.id
    where (r.enrolled, r.reserved) is distinct from (c.max_capacity::bigint, c.reserve_limit::bigint)
       or c.id in (select course_id from doubled)
), due as (
    select u.*, w.demand, least(u.max_capacity, w.demand) as seats,
           least(u.reserve_limit, greatest(w.demand - u.max_capacity, 0)) as queue
    from unfilled u
    cross join lateral (
        select count(distinct student_id) as demand, bool_or(dropped) as dropped
        from (
            select student_id, false as dropped
            from registration.course_registrations
            where course_id = u.id
            union all
            select student_id, action = 'drop'
            from registration.events
            where course_id = u.id and (version is not null or (action = 'register' and refusal = 'course_full'))
        ) students
    ) w
    where w.dropped is not true
)
select course_name as entity, seats || ' enrolled, ' || queue || ' reserved' as expected,
       enrolled || ' enrolled, ' || reserved || ' reserved' as actual,
       demand || ' students wanted a place, course ' || id as detail
from due
where (enrolled, reserved) is distinct from (seats, queue)
