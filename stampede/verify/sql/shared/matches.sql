-- needs: spans, items
-- Per item of a read: whether a state with its facts was visible, and the latest version that it can have seen (a row for each of two states).
-- `keyed` has each state row once per set of fact names that items use; `key` covers who and the facts.
create table latest as
with rows_at as (
    select key, from_t, max(until_t) as until_t, max(coalesce(next_version, 9223372036854775807)) as next_version,
        max(next_from) as next_from, max(done_t) as done_t
    from keyed group by key, from_t)
select key, from_t, max(until_t) over run as until_t, max(next_version) over run as next_version,
    max(next_from) over run as next_from, max(done_t) over run as done_t
from rows_at window run as (partition by key order by from_t rows unbounded preceding);

create table matches as
with probes as (
    select item, a, b, hash(hash(entity_id, null::ubigint), facts) as key, null::boolean as own from items
    union all
    select item, a, b, hash(hash(entity_id, actor_id), facts), true from items
    where actor_id is not null and exists (from spans where own))
select p.item, l.next_version, l.next_from, l.done_t
from probes p asof join latest l on l.key = p.key and l.from_t <= p.b
where l.until_t >= p.a;
