-- needs: writes
-- Each state row with the interval in which it can have been visible, [from_t, until_t]: until the next row of its stream.
-- who: the entity, and the actor if the row holds for one actor only. next_from: when the next row can have come.
create table placed as
select s.row_id as state_row, hash(s.entity) as entity_id, who(s.entity, s.actor) as who,
    case when s.actor is not null then hash(s.actor) end as actor_id, s.actor is not null as own,
    hash(who(s.entity, s.actor), s.aspect) as stream, s.version, coalesce(s.facts, 'null') = 'null' as absent,
    hash(s.allows) as allows_id, s.from_time, s.until_time,
    w.from_t, w.done_t
from states s left join writes w on w.entity_id = hash(s.entity) and w.version = s.version;

-- Versions without an effect of their own: bounded by the nearest versions that have one.
create table unwritten as
select p.state_row, w.from_t from (from placed where from_t is null) p
    asof join writes w on w.entity_id = p.entity_id and w.version <= p.version;
create table unfinished as
select p.state_row, w.done_t from (from placed where done_t is null) p
    asof join writes w on w.entity_id = p.entity_id and w.version >= p.version;

create table following as
select stream, version, lead(version) over run as next_version, lead(done_t) over run as until_t,
    lead(from_t) over run as next_from, row_number() over run = 1 as first
from (
    select p.stream, p.version, any_value(coalesce(p.done_t, f.done_t, 'infinity'::double)) as done_t,
        any_value(coalesce(p.from_t, u.from_t, '-infinity'::double)) as from_t
    from placed p left join unwritten u using (state_row) left join unfinished f using (state_row)
    group by p.stream, p.version)
window run as (partition by stream order by version);

create table spans as
select p.state_row, p.entity_id, p.who, p.actor_id, p.own, p.stream, p.version, p.absent, p.allows_id,
    p.from_time, p.until_time, f.first,
    coalesce(p.from_t, u.from_t, '-infinity'::double) as from_t,
    coalesce(p.done_t, d.done_t, 'infinity'::double) as done_t,
    coalesce(f.until_t, 'infinity'::double) as until_t, f.next_version, coalesce(f.next_from, 'infinity'::double) as next_from
from placed p join following f on f.stream = p.stream and f.version = p.version
    left join unwritten u on u.state_row = p.state_row left join unfinished d on d.state_row = p.state_row;
drop table placed;
drop table following;

-- When an entity, or an actor's own state in it, can have been absent: before a first row that the run made, and where
-- facts are null.
create table firsts as
select s.who, s.own, s.stream, s.version, min(s.done_t) as done_t, coalesce(s.version >= any_value(w.version), false) as made
from (from spans where first) s
    left join (select entity_id, min(version) as version from writes where made group by entity_id) w using (entity_id)
group by s.who, s.own, s.stream, s.version;
create table absences as
select who, own, '-infinity'::double as from_t, arg_min(done_t, version) as until_t from firsts
group by who, own having arg_min(made, version)
union all
select who, own, from_t, until_t from spans where absent;
