-- invariant: what an operation was told agrees with its effect
-- severity: critical
-- drops: mismatches, differing, named
-- needs: links, differing
-- parts: effects
-- population: select count(*) from links where known and told_row is not null
-- Compared as hashes first; texts are only read for rows that differ.
create table mismatches as
with pairs as (
    select l.effect_row, coalesce(l.ok_row, l.told_row, l.first_row) as row_id, l.ok_row, l.told_row, l.refused
    from links l where l.known and not l.seeded),
found as (
    select row_id, hash(action) as action, case when actor is not null then hash(actor) end as actor,
        case when key is not null then hash(key) end as key, case when refused is not null then hash(refused) end as refusal
    from effects),
asked as (
    select row_id, hash(action) as action, case when actor <> '' then hash(actor) end as actor,
        case when key is not null then hash(key) end as key, case when code is not null then hash(code) end as code
    from operations where kind = 'write'),
compared as (
    select p.effect_row, p.row_id,
        case when e.action <> o.action then 'action' when e.actor <> o.actor then 'actor'
            when p.ok_row is not null and e.key <> o.key then 'key'
            when p.ok_row is not null and p.refused then 'refusal'
            when p.ok_row is null and p.told_row is not null and p.refused and e.refusal <> o.code then 'refusal' end as what
    from pairs p join found e on e.row_id = p.effect_row join asked o on o.row_id = p.row_id)
from compared where what is not null
union all
select l.effect_row, l.ok_row, 'entity' from (from links where known and ok_row is not null and not implied and not seeded) l
    anti join named n on n.ok_row = l.ok_row and n.entity_id = l.entity_id
union all
select effect_row, ok_row, 'answer' from differing;
---
select e.entity,
    case w.what when 'action' then o.action when 'actor' then o.actor when 'key' then o.key when 'entity' then o.entities::varchar
        when 'answer' then facts_of(o.answer) else o.outcome || ' ' || coalesce(o.code, '') end as expected,
    case w.what when 'action' then e.action when 'actor' then e.actor when 'key' then e.key when 'entity' then e.entity
        when 'answer' then facts_of(with_nulls(e.answer)) else coalesce('refused ' || e.refused, 'an effect') end as actual,
    w.what || ' differs: ' || o.action || ' by ' || o.op_id || ', version ' || coalesce(e.version::varchar, 'none') as detail
from mismatches w join operations o on o.row_id = w.row_id join effects e on e.row_id = w.effect_row
