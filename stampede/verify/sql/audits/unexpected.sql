-- invariant: every effect was asked for by an operation
-- severity: critical
-- needs: links
-- parts: effects
-- gaps: unknown
-- population: select count(*) from effects where not seeded and refused is null
-- An effect without op_id whose key nobody was told is excused by one unknown operation of the same actor, action and
-- entity. Its key names what else the same operation did; an operation that names no entity excuses one key.
with candidates as (
    select e.row_id, e.op_id, e.key, e.actor, e.action, e.entity, e.version,
        coalesce(hash(e.action, e.key), hash(e.row_id)) as deed
    from (from links where not known and not seeded and not refused) l join effects e on e.row_id = l.effect_row),
maybe as (
    select o.actor, o.action, o.op_id,
        unnest(case when len(o.entities) > 0 then list_distinct(o.entities) else [''] end) as entity
    from calls c join operations o on o.row_id = c.first_row
    where c.ok_row is null and not c.refused and exists (from candidates where op_id is null)),
offers as (
    select action, entity, actor, count(distinct op_id) as offered from maybe group by action, entity, actor
    union all
    select action, entity, null, count(distinct op_id) from maybe group by action, entity),
named_once as (
    select c.deed, o.offered is not null as named,
        row_number() over (partition by c.action, c.entity, c.actor order by c.version, c.row_id) <= o.offered as excused
    from candidates c left join offers o
        on o.action = c.action and o.entity = c.entity and o.actor is not distinct from c.actor
    where c.op_id is null),
deeds as (
    select deed, bool_or(coalesce(excused, false)) as excused, bool_or(named) as named from named_once group by deed),
nameless as (
    select d.deed, row_number() over (partition by c.action, c.actor order by c.version, d.deed) <= o.offered as excused
    from (from deeds where not excused and not named) d
        join (select deed, any_value(action) as action, any_value(actor) as actor, min(version) as version
              from candidates group by deed) c using (deed)
        join offers o on o.action = c.action and o.entity = '' and o.actor is not distinct from c.actor),
excuses as (select deed from deeds where excused union select deed from nameless where excused)
select c.entity, 'an operation that asked for it' as expected, 'none' as actual,
    c.action || ', version ' || coalesce(c.version::varchar, 'none') || coalesce(', actor ' || c.actor, '')
        || coalesce(', op ' || c.op_id, '') || coalesce(', key ' || c.key, '') as detail
from candidates c anti join excuses x on x.deed = c.deed and c.op_id is null
