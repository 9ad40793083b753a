-- invariant:  After each event seats and queue are within their limits, and nobody waits for a free seat.
-- population: select count(*) from registration.courses
-- severity:   critical
-- A history can end well after it went wrong in between: the counts run over the versions, not over the outcome.
with counted as (
    select course_id, version, action, status, reserve_position,
           sum(case
                   when action = 'register' then (status = 'ENROLLED')::integer
                   when status = 'ENROLLED' and promoted_student_id is null then -1
                   else 0
               end) over history as enrolled,
           sum(case
                   when action = 'register' then (status = 'RESERVED')::integer
                   when status = 'RESERVED' or promoted_student_id is not null then -1
                   else 0
               end) over history as reserved
    from registration.events
    where version is not null
    window history as (partition by course_id order by version)
)
select c.course_name as entity,
       '0..' || c.max_capacity || ' enrolled, 0..' || c.reserve_limit || ' reserved and only while full; '
           || 'told the last position, promoted into a free seat' as expected,
       e.enrolled || ' enrolled, ' || e.reserved || ' reserved'
           || coalesce(', told position ' || e.reserve_position, '') as actual,
       e.action || ' (' || e.status || ') at version ' || e.version || ', course ' || c.id as detail
from registration.courses c
join counted e on e.course_id = c.id
where e.enrolled not between 0 and c.max_capacity
   or e.reserved not between 0 and c.reserve_limit
   or (e.reserved > 0 and e.enrolled <> c.max_capacity)
   or (e.action = 'register' and e.status = 'RESERVED' and e.reserve_position is distinct from e.reserved)
