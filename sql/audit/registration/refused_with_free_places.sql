-- invariant:  Whoever is told that a course is full is told the truth: where nobody dropped, no place is free at the end.
-- population: select count(*) from operations where outcome = 'fail'
-- severity:   critical
-- Asked of the history, not of the stored refusals: a target that turns people away and forgets it must not pass.
with refused as (
    select entity::uuid as course_id, count(*) as refusals
    from operations
    where outcome = 'fail' and answer ->> 'code' = 'course_full'
    group by entity::uuid
), taken as (
    select course_id, count(*) filter (where status = 'ENROLLED') as enrolled,
           count(*) filter (where status = 'RESERVED') as reserved
    from registration.registrations
    where course_id in (select course_id from refused)
    group by course_id
)
select c.course_name as entity, c.max_capacity || ' enrolled, ' || c.reserve_limit || ' reserved' as expected,
       coalesce(t.enrolled, 0) || ' enrolled, ' || coalesce(t.reserved, 0) || ' reserved' as actual,
       refused.refusals || ' were told that it is full, course ' || refused.course_id as detail
from refused
left join registration.courses c on c.id = refused.course_id
left join taken t on t.course_id = refused.course_id
where (coalesce(t.enrolled, 0) < c.max_capacity or coalesce(t.reserved, 0) < c.reserve_limit)
  and not exists (
      select from registration.events e
      where e.course_id = refused.course_id and e.action = 'drop' and e.version is not null
  )
