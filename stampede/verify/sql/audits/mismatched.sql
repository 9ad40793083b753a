-- invariant: what an operation was told agrees with its effect
-- severity: critical
-- drops: mismatches, differing, named
-- needs: links, differing
-- parts: effects
-- population: select count(*) from links where known and told_row is not null
-- Compared as hashes first; texts are only read for rows that differ. A row may be stamped when its transaction began, which
-- a batch does before it takes the request: 5 s are allowed, half a request's timeout.
create table mismatches as
with pairs as (
    select l.effect_row, coalesce(l.ok_row, l.told_row, l.first_row) as row_id, l.ok_row, l.told_row, l.refused, l.invoked
    from links l where l.known and not l.seeded),
found as (
    select row_id, hash(action) as action, case when actor is not null then hash(actor) end as actor,
        case when key is not null then hash(key) end as key, case when refused is not null then hash(refused) end as refusal,
        occurred_at - clock_offset as occurred, clock_error + 5 as slack
    from effects, database_clock),
asked as (
    select row_id, hash(action) as action, case when actor <> '' then hash(actor) end as actor,
        case when key is not null then hash(key) end as key, case when code is not null then hash(code) end as code,
        case when outcome <> 'unknown' then completed_at else 'infinity'::double end as completed
    from operations where kind = 'write'),
compared as (
    select p.effect_row, p.row_id,
        case when e.action <> o.action then 'action' when e.actor <> o.actor then 'actor'
            when p.ok_row is not null and e.key <> o.key then 'key'
            when p.ok_row is not null and p.refused then 'refusal'
            when p.ok_row is null and p.told_row is not null and p.refused and e.refusal <> o.code then 'refusal'
            when e.occurred not between p.invoked - e.slack and o.completed + e.slack then 'time' end as what
    from pairs p join found e on e.row_id = p.effect_row join asked o on o.row_id = p.row_id)
from compared where what is not null
union all
select l.effect_row, l.ok_row, 'entity' from (from links where known and ok_row is not null and not implied and not seeded) l
    anti join named n on n.ok_row = l.ok_row and n.entity_id = l.entity_id
union all
select l.effect_row, l.told_row, 'entity'
from (from links where known and refused and ok_row is null and told_row is not null and not seeded) l
    join effects e on e.row_id = l.effect_row join operations o on o.row_id = l.told_row
where e.entity <> '' and not list_contains(o.entities, e.entity)
union all
select effect_row, ok_row, 'answer' from differing;
---
select coalesce(nullif(e.entity, ''), o.entities[1], '') as entity,
    case w.what when 'action' then o.action when 'actor' then o.actor when 'key' then o.key when 'entity' then o.entities::varchar
        when 'answer' then facts_of(o.answer)
        when 'time' then 'between ' || o.invoked_at || ' and ' || coalesce(o.completed_at, 'infinity'::double)
        else o.outcome || ' ' || coalesce(o.code, '') end as expected,
    case w.what when 'action' then e.action when 'actor' then e.actor when 'key' then e.key when 'entity' then e.entity
        when 'answer' then facts_of(with_nulls(e.answer))
        when 'time' then e.occurred_at::varchar else coalesce('refused ' || e.refused, 'an effect') end as actual,
    w.what || ' differs: ' || o.action || ' by ' || o.op_id || ', version ' || coalesce(e.version::varchar, 'none') as detail
from mismatches w join operations o on o.row_id = w.row_id join effects e on e.row_id = w.effect_row
