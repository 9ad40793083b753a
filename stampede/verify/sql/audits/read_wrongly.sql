-- invariant: what a read returned was visible while it ran and is what it claims; nothing is missing; totals are possible
-- severity: critical
-- drops: wrong, repeated, latest, claims, asks, fitting, claimed, islands, expected, missing, pages, misfits, totals, reads
-- needs: matches, missing, misfits, totals
-- parts: effects, states
-- population: select (select count(*) from items) + (select count(*) from claims) + (select count(*) from totals)
-- Few rows, or none: kept first, so that the whole answers, which need much memory, are read for these alone.
create table wrong as select row_id, nth, a, b from items anti join matches using (item);
create table repeated as select row_id, entity_id from items group by row_id, entity_id, mask having count(*) > 1;
---
select read_items(o.answer)[w.nth].entity as entity, 'a visible state with these facts' as expected,
    facts_of(read_items(o.answer)[w.nth].facts) as actual,
    o.action || ' by ' || o.op_id || ', client ' || o.client || ', between ' || w.a || ' and ' || w.b as detail
from wrong w join operations o using (row_id)
union all
select s.entity, 'among the items', 'missing',
    o.action || ' by ' || o.op_id || ', client ' || o.client || ', complete for ' || asked_for(k.kind, k.where_text, k.texts)
from missing m join claims k on k.row_id = m.row_id join operations o on o.row_id = m.row_id
    join states s on s.row_id = m.state_row
union all
select read_items(o.answer)[m.nth].entity, asked_for(k.kind, k.where_text, k.texts), facts_of(read_items(o.answer)[m.nth].facts),
    o.action || ' by ' || o.op_id || ', client ' || o.client
from misfits m join claims k using (row_id) join operations o using (row_id)
union all
select 'page ' || p.page.number, 'sorted by ' || p.page.order, p.places::varchar, o.action || ' by ' || o.op_id || ', client ' || o.client
from (from pages where places <> if(descending, list_reverse_sort(places), list_sort(places))) p join operations o using (row_id)
union all
select 'page ' || p.page.number, coalesce('a page of ' || p.page.size || ' from ' || p.page.total, 'at most ' || p.page.size),
    p.items || ' items', o.action || ' by ' || o.op_id || ', client ' || o.client
from pages p join operations o using (row_id)
where p.items > p.page.size
    or p.page.total is not null
        and p.items <> greatest(0, least(p.page.size, p.page.total - (p.page.number - 1) * p.page.size))
union all
select min(i.entity), 'at most one item', count(*) || ' items', min(o.action) || ' by ' || min(o.op_id) || ', client ' || min(o.client)
from (select distinct row_id, entity_id from repeated) r
    join (select row_id, unnest(read_items(answer)).entity as entity
          from operations semi join repeated using (row_id)) i on i.row_id = r.row_id and hash(i.entity) = r.entity_id
    join operations o on o.row_id = r.row_id
group by r.row_id, r.entity_id
union all
select 'total ' || t.name, 'between ' || t.lower || ' and ' || t.upper, t.value::varchar,
    o.action || ' by ' || o.op_id || ', client ' || o.client || ', between ' || t.a || ' and ' || t.b
from totals t join operations o on o.row_id = t.row_id
where t.value < t.lower - 1e-6 or t.value > t.upper + 1e-6
