-- needs: calls, spans
-- Each refused attempt with the interval in which a state must have allowed its code, and each of its entities.
create table refusals as
select o.row_id, o.op_id, o.action, coalesce(o.code, '') as code, coalesce(c.invoked, o.invoked_at) as a,
    coalesce(o.completed_at, 'infinity'::double) as b, o.args, o.entity,
    who(o.entity, null) as who, case when o.actor <> '' then who(o.entity, o.actor) end as own_who
from (select *, unnest(case when len(entities) > 0 then list_distinct(entities) else [''] end) as entity
      from operations where outcome = 'refused') o
    left join (from calls where answers > 1 or ok_row is null) c on c.op_id = o.op_id;

-- What a state row allows: `code [on action] [if arg op number]`, each distinct text parsed once.
create table grammar as
select hash(allows) as allows_id, text, part.code, nullif(part.action, '') as action, nullif(part.arg, '') as arg, nullif(part.op, '') as op,
    try_cast(nullif(part.number, '') as double) as number
from (
    select allows, text, regexp_extract(text,
        '^\s*(\S+)(?:\s+on\s+(\S+))?(?:\s+if\s+([^\s<>=]+)\s*(<=|>=|<>|<|>|=)\s*([-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?))?\s*$',
        ['code', 'action', 'arg', 'op', 'number']) as part
    from (select allows, unnest(allowed(allows)) as text from (select distinct allows from states)));
select error('states: cannot parse allows ' || text || '; expected: code [on action] [if arg op number]')
from grammar where coalesce(code, '') = '';

create table permits as
select s.who, g.code, g.action, g.arg, g.op, g.number, s.stream, s.version, s.from_t, s.until_t,
    s.from_time - d.clock_offset - d.clock_error as from_time, s.until_time - d.clock_offset + d.clock_error as until_time
from spans s join (from grammar where code in (select code from refusals)) g using (allows_id), database_clock d;
insert into permits
select a.who, c.code, c.action, null, null, null, null, null, a.from_t, a.until_t, null, null
from absences a
    join (select *, false as own from absent_entity union select *, true from absent_actor) c on c.own = a.own
where c.code in (select code from refusals);

-- A refusal asks with each code it may find: for all actors and its own, for all actions and its own.
create table questions as
select distinct * from (
    select row_id, entity, a, b, args, action, hash(who, code) as key from refusals
    union all
    select row_id, entity, a, b, args, action, hash(own_who, code) from refusals where own_who is not null);

create table justified (row_id bigint);
