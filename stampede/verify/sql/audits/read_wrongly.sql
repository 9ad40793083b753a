-- invariant: what a read returned was visible while it ran; complete reads lack nothing; no read has an entity twice; totals lie between sure and possible
-- severity: critical
-- drops: latest, complete, claimed, islands, missing, totals, reads
-- needs: matches, complete, totals
-- parts: effects, states
-- population: select (select count(*) from items) + (select count(*) from complete) + (select count(*) from totals)
select i.entity, 'a visible state with these facts' as expected, facts_of(i.facts_text) as actual,
    o.action || ' by ' || o.op_id || ', client ' || o.client || ', between ' || m.a || ' and ' || m.b as detail
from (from items anti join matches using (item)) m
    join (select row_id, unnest(read_items(answer)).entity as entity, unnest(read_items(answer)).facts as facts_text,
              generate_subscripts(read_items(answer), 1) as nth
          from operations semi join (from items anti join matches using (item)) wrong on wrong.row_id = operations.row_id) i
        on i.row_id = m.row_id and i.nth = m.nth
    join operations o on o.row_id = m.row_id
union all
select s.entity, 'among the items', 'missing',
    o.action || ' by ' || o.op_id || ', client ' || o.client || ', complete where ' || coalesce(c.where_text, '{}')
from missing m join complete c on c.row_id = m.row_id join operations o on o.row_id = m.row_id
    join states s on s.row_id = m.state_row
union all
select min(i.entity), 'at most one item', count(*) || ' items',
    min(o.action) || ' by ' || min(o.op_id) || ', client ' || min(o.client)
from (select row_id, entity_id, mask from items group by all having count(*) > 1) r
    join (select row_id, unnest(read_items(answer)).entity as entity
          from operations semi join (select row_id from items group by row_id, entity_id, mask having count(*) > 1) wrong
              using (row_id)) i on i.row_id = r.row_id and hash(i.entity) = r.entity_id
    join operations o on o.row_id = r.row_id
group by r.row_id, r.entity_id
union all
select 'total ' || t.name, 'between ' || t.lower || ' and ' || t.upper, t.value::varchar,
    o.action || ' by ' || o.op_id || ', client ' || o.client || ', between ' || t.a || ' and ' || t.b
from totals t join operations o on o.row_id = t.row_id
where t.value < t.lower - 1e-6 or t.value > t.upper + 1e-6
