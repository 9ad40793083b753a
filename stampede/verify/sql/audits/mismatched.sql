-- invariant: what an operation was told agrees with its effect
-- severity: critical
-- needs: links, differing
-- parts: effects
-- population: select count(*) from links where known and told_row is not null
with pairs as (
    select l.effect_row, coalesce(l.ok_row, l.told_row, l.first_row) as row_id, l.ok_row, l.told_row, l.refused
    from links l where l.known and not l.seeded),
wrong as (
    select p.effect_row, p.row_id,
        case when e.action <> o.action then 'action' when e.actor <> o.actor and o.actor <> '' then 'actor'
            when p.ok_row is not null and e.key <> o.key then 'key'
            when p.ok_row is not null and p.refused then 'refusal'
            when p.ok_row is null and p.told_row is not null and p.refused and e.refused <> o.code then 'refusal' end as what
    from pairs p join (select row_id, action, actor, key, refused from effects) e on e.row_id = p.effect_row
        join (select row_id, action, actor, key, code from operations where kind = 'write') o on o.row_id = p.row_id
    where e.action <> o.action or e.actor <> o.actor or e.key <> o.key or p.refused
    union all
    select l.effect_row, l.ok_row, 'entity' from (from links where known and ok_row is not null and not implied and not seeded) l
        anti join named n on n.ok_row = l.ok_row and n.entity_id = l.entity_id
    union all
    select effect_row, ok_row, 'answer' from differing)
select e.entity,
    case w.what when 'action' then o.action when 'actor' then o.actor when 'key' then o.key when 'entity' then o.entities::varchar
        when 'answer' then facts_of(o.answer) else o.outcome || ' ' || coalesce(o.code, '') end as expected,
    case w.what when 'action' then e.action when 'actor' then e.actor when 'key' then e.key when 'entity' then e.entity
        when 'answer' then facts_of(with_nulls(e.answer)) else coalesce('refused ' || e.refused, 'an effect') end as actual,
    w.what || ' differs: ' || o.action || ' by ' || o.op_id || ', version ' || coalesce(e.version::varchar, 'none') as detail
from wrong w join operations o on o.row_id = w.row_id join effects e on e.row_id = w.effect_row
where w.what is not null
