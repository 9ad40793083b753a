-- invariant: an operation that was told refused, by every attempt, has no effect
-- severity: critical
-- needs: links
-- parts: effects
-- population: select count(*) from calls where refused
select e.entity, 'no effect of ' || o.action || ' by ' || o.op_id as expected,
    'version ' || coalesce(e.version::varchar, 'none') as actual, 'told refused: ' || coalesce(o.code, '') || ', actor ' || o.actor as detail
from (from links where told_refused and not refused and not seeded) l
    join operations o on o.row_id = l.told_row join effects e on e.row_id = l.effect_row
