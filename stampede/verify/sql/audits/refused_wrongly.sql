-- invariant: a state that was visible while a refused operation ran allows its code
-- severity: critical
-- drops: refusals, grammar, permits, questions, justified, conditions, ranges
-- needs: refusals
-- parts: effects, states
-- population: select count(distinct row_id) from refusals
-- Without condition: the row of this code that came last before the end must have been visible after the beginning.
insert into justified
with allowed_at as (
    select hash(who, code) as key, action, from_t, max(until_t) as until_t from permits
    where arg is null and from_time is null and until_time is null group by all),
latest as (
    select hash(key, action) as key, from_t, max(until_t) over (partition by key, action order by from_t) as until_t from allowed_at)
select q.row_id from (
    select row_id, a, b, unnest([hash(key, null::varchar), hash(key, action)]) as key from questions) q
    semi join latest k on k.key = q.key
    asof join latest l on l.key = q.key and l.from_t <= q.b
where l.until_t >= q.a;

-- No row at all: absent for ever. An operation that names no entity, or no actor, found none absent.
insert into justified
select r.row_id from (from refusals anti join spans using (who)) r
    semi join absent_entity c on c.code = r.code and coalesce(c.action = r.action, true)
where r.entity <> '';
insert into justified
select r.row_id from (from refusals anti join spans on spans.who = own_who) r
    semi join absent_actor c on c.code = r.code and coalesce(c.action = r.action, true)
where r.entity <> '' and r.own_who is not null;

-- Bounded by the database's clock: few rows, joined directly.
insert into justified
select q.row_id from (from questions anti join justified using (row_id)) q
    join (select *, hash(who, code) as key from permits where from_time is not null or until_time is not null) p on p.key = q.key
where p.from_t <= q.b and p.until_t >= q.a and coalesce(p.from_time <= q.b, true) and coalesce(p.until_time >= q.a, true)
    and coalesce(p.action = q.action, true)
    and (p.arg is null or holds(argument(q.args, q.entity, p.arg), p.op, p.number));

-- With a condition: its number lies above or below the argument somewhere in the visible rows; the smallest and the
-- largest of these decide, by a window over the versions.
create table conditions as
select hash(stream, code, action, arg, op, case when op = '=' then number end) as key, hash(who, code) as asked, action, arg, op,
    number, version, from_t, until_t
from permits where arg is not null and from_time is null and until_time is null;
create table ranges as
with asking as (
    select q.row_id, q.a, q.b, c.key, c.op, argument(q.args, q.entity, c.arg) as value
    from (from questions anti join justified using (row_id)) q
        join (select distinct key, asked, action, arg, op, case when op = '=' then number end as number from conditions) c
            on c.asked = q.key and coalesce(c.action = q.action, true)
    where coalesce(c.number = argument(q.args, q.entity, c.arg), true)),
starts as (select key, from_t, max(version) as version from conditions group by all),
ends as (select key, until_t, min(version) as version from conditions group by all)
select q.row_id, q.key, q.op, q.value, h.version as last, l.version as first
from asking q asof join starts h on h.key = q.key and h.from_t <= q.b
    asof join ends l on l.key = q.key and l.until_t >= q.a
where l.version <= h.version and q.value is not null;
insert into justified
with line as (
    select key, version, 0::bigint as width, number, null::bigint as row_id, null as op, null::double as value
    from conditions semi join ranges using (key)
    union all
    select key, last, last - first, null, row_id, op, value from ranges),
bounded as (
    select *, min(number) over span as least, max(number) over span as greatest from line
    window span as (partition by key order by version range between width preceding and current row))
select row_id from bounded
where row_id is not null and case when op in ('<', '<=') then holds(value, op, greatest)
    when op in ('>', '>=') then holds(value, op, least)
    when op = '<>' then value <> least or value <> greatest else least is not null end;
---
select any_value(r.entity) as entity, 'a visible state that allows ' || any_value(r.code) as expected, 'none' as actual,
    any_value(o.action) || ' by ' || any_value(o.op_id) || ', attempt ' || any_value(o.attempt) || ', actor ' || any_value(o.actor)
        || ', between ' || any_value(r.a) || ' and ' || any_value(r.b) || coalesce(', args ' || any_value(o.args), '') as detail
from (from refusals anti join justified using (row_id)) r join operations o on o.row_id = r.row_id
group by r.row_id
