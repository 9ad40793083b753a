-- invariant:  Seeded events come first and bear no key; a key comes with the hash of its request.
-- population: select count(*) from registration.courses
-- severity:   critical
-- A run's event that calls itself seeded would be excused by every audit.
with first as (
    select min(id) as id
    from registration.events
    where not seeded
)
select e.action || ', event ' || e.id as entity,
       case when e.seeded then 'no key, no refusal, before event ' || first.id else 'a key with its hash' end
           as expected,
       concat_ws(', ', 'event ' || e.id, 'key ' || e.op_id, 'hash ' || e.request_hash, e.refusal) as actual,
       'at ' || e.occurred_at as detail
from registration.events e
cross join first
where (e.seeded and (e.id > first.id or e.op_id is not null or e.refusal is not null))
   or (e.op_id is null) <> (e.request_hash is null)
   or length(e.request_hash) <> 32
