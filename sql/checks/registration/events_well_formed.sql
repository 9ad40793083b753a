-- invariant:  Seeded events come first and bear no key; a key has its hash; a refusal changed nothing, a seat has no position.
-- population: select count(*) from registration.courses
-- severity:   critical
-- A run's event that calls itself seeded would be excused by every audit.
with first as (
    select min(id) as id
    from registration.events
    where not seeded
)
select e.action || ', event ' || e.id as entity,
       case
           when e.seeded then 'no key, no refusal, before event ' || first.id
           when e.refusal is not null then 'a key with its hash, and neither status, position nor promotion'
           else 'a key with its hash, and no position of a seat'
       end as expected,
       concat_ws(
           ', ', 'event ' || e.id, 'key ' || e.op_id, 'hash ' || e.request_hash, e.refusal, e.status,
           'position ' || e.reserve_position, 'promoted ' || e.promoted_student_id,
           'from position ' || e.promoted_from_position
       ) as actual,
       'at ' || e.occurred_at as detail
from registration.events e
cross join first
where (e.seeded and (e.id > first.id or e.op_id is not null or e.refusal is not null))
   or (e.op_id is null) <> (e.request_hash is null)
   or length(e.request_hash) <> 32
   or (e.refusal is not null
       and num_nonnulls(e.status, e.reserve_position, e.promoted_student_id, e.promoted_from_position) > 0)
   or (e.status = 'ENROLLED' and e.reserve_position is not null)
