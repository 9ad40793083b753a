-- invariant:  Each drop gives up the position that the student held just before it; a seat has none.
-- population: select count(*) from effects where action = 'drop' and refused is null and not seeded
-- severity:   critical
-- No answer tells this position. Read over the evidence, by DuckDB: the states derive it from who joined and left, and not
-- from the drops' own events; in the database it would take a replay of every queue.
with given_up as (
    select entity, actor, version, answer ->> 'given_up' as position
    from effects
    where action = 'drop' and refused is null and not seeded
), held as (
    select entity, actor, version, facts ->> 'reserve_position' as position
    from states
    where actor is not null
)
select g.entity, 'position ' || coalesce(h.position, 'null') as expected, 'position ' || coalesce(g.position, 'null') as actual,
       'student ' || g.actor || ', dropped at version ' || g.version as detail
from given_up g
asof left join held h on h.entity = g.entity and h.actor = g.actor and h.version < g.version
where g.position is distinct from h.position
