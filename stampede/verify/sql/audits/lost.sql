-- invariant: every operation that was told ok has an effect on each of its entities; every kept refusal is stored
-- severity: critical
-- drops: unfound, torn
-- needs: links
-- parts: effects
-- population: select (select count(*) from named) + (select count(*) from calls c join operations o on o.row_id = c.told_row where c.ok_row is null and o.outcome = 'refused' and o.code in (from kept_refusals))
create table unfound as
select n.ok_row, n.entity_id from named n anti join links l on l.ok_row = n.ok_row and l.entity_id = n.entity_id;
-- An operation with an unknown outcome that has an effect has one on each entity that it names.
create table torn as
with undecided as (select first_row from calls where ok_row is null and not refused),
written as (
    select l.first_row, l.entity_id from (from links where known and not refused and not seeded) l semi join undecided using (first_row)),
asked as (
    select row_id as first_row, unnest(list_distinct(entities)) as entity
    from operations semi join written on first_row = row_id)
select a.first_row, a.entity from asked a anti join written w on w.first_row = a.first_row and w.entity_id = hash(a.entity);
---
select t.entity, 'an effect of ' || o.action || ' by ' || o.op_id as expected, 'none' as actual,
    'the outcome is unknown, but it has an effect on another entity, actor ' || o.actor as detail
from torn t join operations o on o.row_id = t.first_row
union all
select entity, 'an effect of ' || action || ' by ' || op_id as expected, 'none' as actual,
    'told ok' || coalesce(', key ' || key, '') || ', actor ' || actor as detail
from unfound m
    join (select *, unnest(list_distinct(entities)) as entity from operations semi join unfound on ok_row = row_id) o
        on o.row_id = m.ok_row and hash(o.entity) = m.entity_id
union all
select coalesce(o.entities[1], ''), 'a stored refusal ' || o.code || ' of ' || o.action || ' by ' || o.op_id, 'none',
    'told refused, actor ' || o.actor
from (select c.told_row from calls c join operations o on o.row_id = c.told_row
      where c.ok_row is null and o.outcome = 'refused' and o.code in (from kept_refusals)) m
    anti join (from links where refused) l on l.told_row = m.told_row
    join operations o on o.row_id = m.told_row
