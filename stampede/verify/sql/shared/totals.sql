-- needs: writes
-- Each count that a read returned, with its bounds: what was surely written before it began, and what may have been
-- when it ended. Counts without a base row (`total <name>`) are not judged.
select error('states: the value of ' || entity || ' is null; expected: a number') from states
where starts_with(entity, 'total ') and facts is not null and json_extract(facts, '$.value')::double is null;
create table totals as
with counted as (
    select row_id, unnest(map_entries(counts)).key as name, unnest(map_entries(counts)).value as value, a, b from reads
    where cardinality(counts) > 0),
bases as (
    select entity[7:] as name, json_extract(facts, '$.value')::double as value from states
    where starts_with(entity, 'total ') and facts is not null),
deltas as (
    select d.name, d.value, coalesce(w.from_t, d.began) as from_t, coalesce(w.done_t, d.done) as done_t
    from (select unnest(map_entries(e.deltas)).key as name, unnest(map_entries(e.deltas)).value as value, l.entity_id, l.version,
              case when known then l.invoked else '-infinity'::double end as began, coalesce(l.done, 'infinity'::double) as done
          from (select row_id, from_json(adds, '"MAP(VARCHAR, DOUBLE)"') as deltas from effects
                where adds is not null and not seeded and refused is null) e
              join links l on l.effect_row = e.row_id) d
        left join writes w on w.entity_id = d.entity_id and w.version = d.version),
begun as (
    select name, from_t, sum(greatest(value, 0)) over run as up, sum(least(value, 0)) over run as down
    from (select name, from_t, value from deltas) window run as (partition by name order by from_t)),
sure as (
    select name, done_t, sum(greatest(value, 0)) over run as up, sum(least(value, 0)) over run as down
    from deltas window run as (partition by name order by done_t)),
begun_at as (select distinct * from begun),
sure_at as (select distinct * from sure)
select c.row_id, c.name, c.value, c.a, c.b, o.value + coalesce(s.up, 0) + coalesce(g.down, 0) as lower,
    o.value + coalesce(g.up, 0) + coalesce(s.down, 0) as upper
from counted c join bases o on o.name = c.name
    asof left join begun_at g on g.name = c.name and g.from_t <= c.b
    asof left join sure_at s on s.name = c.name and s.done_t < c.a;
