-- invariant: an operation has at most one effect on each entity
-- severity: critical
-- needs: links
-- parts: effects
-- population: select count(distinct first_row) from links where known
select any_value(e.entity) as entity, 'one effect of ' || any_value(o.action) || ' by ' || any_value(o.op_id) as expected,
    count(*) || ' effects' as actual, 'versions ' || coalesce(string_agg(e.version::varchar, ', ' order by e.version), 'none') as detail
from (select first_row, entity_id from links where known and not refused and not seeded and not implied
      group by first_row, entity_id having count(*) > 1) d
    join (from links where not refused and not seeded and not implied) l
        on l.first_row = d.first_row and l.entity_id = d.entity_id
    join effects e on e.row_id = l.effect_row join operations o on o.row_id = d.first_row
group by d.first_row, d.entity_id
