-- needs: links
-- Per version of an entity: from_t, the earliest moment at which it can have been visible, and done_t, the moment
-- from which it, or a later one, was visible for certain. Both are monotone in the version.
create table writes as
with written as (
    select entity_id, version,
        min(case when seeded or not known then '-infinity'::double else invoked end) as began,
        max(case when seeded then '-infinity'::double else coalesce(done, 'infinity'::double) end) as done,
        bool_or(not seeded) as made
    from links where version is not null and not refused
    group by entity_id, version),
ordered as (
    select *, max(began) over (run rows unbounded preceding) as from_t,
        min(done) over (run rows between 1 following and unbounded following) as later_done
    from written window run as (partition by entity_id order by version))
select entity_id, version, began, done, made, from_t, later_done,
    least(done, coalesce(later_done, 'infinity'::double)) as done_t
from ordered;
