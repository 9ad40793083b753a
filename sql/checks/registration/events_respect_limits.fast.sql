-- In a course without drops, the k-th event takes the k-th place; only the other courses need the running counts. An
-- event leads from its version to the next: where they lead from 1 to the one after the last, each version is there
-- once, and the hashes of all starts and all ends differ by those two alone.
with unclear as (
    select e.course_id
    from registration.events e
    join registration.courses c on c.id = e.course_id
    where e.version is not null
    group by e.course_id
    having sum(hashint8extended(e.version, 0)) - sum(hashint8extended(e.version + 1, 0))
           <> hashint8extended(1, 0)::numeric - hashint8extended(count(*) + 1, 0)
        or bool_or(
        e.action <> 'register'
        or e.version > c.max_capacity + c.reserve_limit
        or e.status is distinct from case when e.version <= c.max_capacity then 'ENROLLED' else 'RESERVED' end
        or (e.version > c.max_capacity and e.reserve_position is distinct from e.version - c.max_capacity)
    )
), counted as (
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
    where version is not null and course_id in (select course_id from unclear)
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
