-- invariant: an operation that completed before another was invoked has the lower version of their entity
-- severity: critical
-- drops: late, late_links
-- needs: writes
-- parts: effects
-- population: select count(*) from writes where made
-- Few rows, or none: kept first, so that nothing large is joined for them.
create table late as
select b.entity_id, b.version, b.began, b.later_done, min(a.version) as first_version
from (from writes where later_done < began) b
    join writes a on a.entity_id = b.entity_id and a.done = b.later_done and a.version > b.version
group by all;
create table late_links as
select entity_id, version, min(effect_row) as effect_row, min(first_row) as first_row
from links semi join late using (entity_id)
where version is not null and not refused
group by entity_id, version;
---
select e.entity, 'a version above ' || b.first_version || ' (' || coalesce(p.op_id, 'seeded') || ')' as expected,
    'version ' || b.version || ' (' || coalesce(o.op_id, '?') || ')' as actual,
    'invoked ' || round(b.began - b.later_done, 6) || ' s after version ' || b.first_version || ' was completed' as detail
from late b
    join late_links lb on lb.entity_id = b.entity_id and lb.version = b.version
    join late_links la on la.entity_id = b.entity_id and la.version = b.first_version
    join effects e on e.row_id = lb.effect_row
    left join operations o on o.row_id = lb.first_row left join operations p on p.row_id = la.first_row
