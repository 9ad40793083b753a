-- invariant: a client that saw a version of an entity never reads an older one afterwards
-- severity: critical
-- needs: matches
-- parts: effects, states
-- population: select count(*) from items where stale_s = 0
-- Only a read that saw a version whose successor had been invoked before can have gone back (a suspect), and only behind
-- a version that was not visible for certain when its observer was done: anything else is `read_wrongly`.
create table suspects as
select i.item, i.row_id, i.client, i.entity_id, i.a, i.slack, max(m.next_version) as next_version
from items i join (from matches where next_from < 'infinity'::double) m using (item)
where i.stale_s = 0 and m.next_from <= i.a + i.slack
    and not exists (from matches n where n.item = i.item and n.next_from > i.a + i.slack and exists (from spans where own))
group by all;
create table earliest as
with rows_at as (select key, until_t, min(version) as version, min(done_t) as done_t from keyed group by key, until_t)
select key, until_t, min(version) over run as version, min(done_t) over run as done_t
from rows_at window run as (partition by key order by until_t desc rows unbounded preceding);
create table observed as
with chosen as (
    select i.* from items i semi join suspects s on s.client = i.client and s.entity_id = i.entity_id
        semi join matches m on m.item = i.item and m.done_t >= i.b - i.slack
    where i.stale_s = 0),
probes as (
    select item, a, hash(hash(entity_id, null::ubigint), facts) as key from chosen
    union all
    select item, a, hash(hash(entity_id, actor_id), facts) from chosen where actor_id is not null),
seen as (
    select p.item, min(e.version) as version, min(e.done_t) as done_t
    from probes p asof join earliest e on e.key = p.key and e.until_t >= p.a group by p.item)
select c.client, c.entity_id, c.b - c.slack as moment, s.version, c.row_id from chosen c join seen s using (item)
where s.done_t >= c.b - c.slack
union all
select o.client, l.entity_id, o.completed_at - coalesce(k.slack, 0), l.version, o.row_id
from (select l.* from links l semi join suspects s on s.entity_id = l.entity_id
          join writes w on w.entity_id = l.entity_id and w.version = l.version
      where l.known and not l.implied and not l.refused and l.ok_row is not null
          and w.done_t >= l.done - (select coalesce(max(slack), 0) from clocks)) l
    join (select row_id, hash(client) as client, worker, completed_at from operations) o on o.row_id = l.ok_row
    left join clocks k on k.worker = o.worker
    semi join suspects s on s.client = o.client and s.entity_id = l.entity_id;
create table older as
select item, least_version, saw, next_version, row_id from (
    select item, max(version) over run as least_version, arg_max(row_id, version) over run as saw, next_version, row_id
    from (
        select client, entity_id, moment, 0 as step, version, null::bigint as item, null::bigint as next_version, row_id from observed
        union all
        select client, entity_id, a, 1, null, item, next_version, row_id from suspects)
    window run as (partition by client, entity_id order by moment, step rows unbounded preceding))
where item is not null and least_version >= next_version;
---
select read_items(o.answer)[i.nth].entity as entity, 'version ' || d.least_version || ' or later (seen by ' || s.op_id || ')' as expected,
    'below version ' || d.next_version as actual, o.action || ' by ' || o.op_id || ', client ' || o.client as detail
from older d join items i using (item) join operations o on o.row_id = d.row_id join operations s on s.row_id = d.saw
