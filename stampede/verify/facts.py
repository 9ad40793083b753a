"""Facts as hashes: the SQL that depends on the names of facts, which only the evidence knows.

A fact's value is normalised and hashed (64 bits), facts are the hash over the hashes of all known names, with null for
those that are missing. A read's item with some of a state's facts is compared with the state's hash over these.
"""

import json

import duckdb

from stampede.errors import StampedeError

# A set of names is one bit each of a HUGEINT.
NAMES_AT_MOST = 126

READS = """
create table reads as
select row_id, invoked_at - coalesce(r.stale_s, 0) as a, completed_at as b,
    case when actor <> '' then hash(actor) end as actor_id, r.claim as claim,
    from_json(r.counts, '"MAP(VARCHAR, DOUBLE)"') as counts
from (select row_id, actor, invoked_at, completed_at, from_json(answer,
          '{"claim":{"of":"VARCHAR","mine":"BOOLEAN","where":"JSON","conditions":["VARCHAR"],"complete":"BOOLEAN",
              "page":{"number":"BIGINT","size":"BIGINT","order":"VARCHAR","total":"DOUBLE"}},
            "counts":"JSON","stale_s":"DOUBLE"}') as r
      from operations where kind = 'read' and outcome = 'ok'
          and not contains(answer, '"claim":null,"counts":{}'))
where r.claim is not null or r.counts is not null and r.counts::varchar not in ('{}', 'null')
"""
ITEMS = """
create table items as
select row_id * 1048576 + nth as item, row_id, nth, client, slack, actor_id, hash(entity) as entity_id, a, b,
    stale_s, mask,
    case when names = bit_count(mask) then hash({columns}) end as facts
from (
    select * exclude (text, f), {mask} as mask, len(json_keys(text)) as names, f
    from (
        select * exclude (i), i.entity as entity, with_nulls(i.facts) as text,
            from_json(with_nulls(i.facts), {shape}) as f
        from (
            select row_id, client, slack, actor_id, stale_s, invoked_at - stale_s as a, completed_at as b,
                unnest(items) as i, generate_subscripts(items, 1) as nth
            from (
                select row_id, hash(client) as client, coalesce(slack, 0) as slack,
                    case when actor <> '' then hash(actor) end as actor_id, invoked_at, completed_at,
                    r.items as items, coalesce(r.stale_s, 0) as stale_s
                from (select row_id, client, actor, invoked_at, completed_at, worker, from_json(answer,
                          '{{"items":[{{"entity":"VARCHAR","facts":"JSON"}}],"stale_s":"DOUBLE"}}') as r
                      from operations where kind = 'read' and outcome = 'ok')
                    left join clocks using (worker)))))
"""
CLAIMS = """
create table claims as
select *, hash(kind, where_text, texts::varchar, page.order) as ask
from (
    select row_id, actor_id, a, b, coalesce(claim.mine, false) as mine, coalesce(claim.complete, true) as complete,
        claim.page as page, coalesce(claim.of, '') as kind, coalesce(claim.conditions, []) as texts,
        with_nulls(coalesce(claim."where"::varchar, '{}')) as where_text
    from reads where claim is not null)
"""
# Each distinct claim is parsed once.
ASKS = """
create table asks as
select ask, kind, where_text, texts, sorted_by, mask, pairs_of(where_text) as pairs,
    case when names = bit_count(mask) then hash({columns}) end as fits,
    list_transform(texts, lambda t: {{'name': read_condition(t).name, 'op': read_condition(t).op,
        'number': try_cast(nullif(read_condition(t).number, '') as double)}}) as conditions
from (
    select *, {mask} as mask, len(json_keys(where_text)) as names
    from (
        select ask, any_value(kind) as kind, any_value(where_text) as where_text, any_value(texts) as texts,
            any_value(page.order) as sorted_by, from_json(any_value(where_text), {shape}) as f
        from claims group by ask))
"""
UNREADABLE = """
select error('reads: cannot parse the condition ' || c.text || '; expected: fact operator number')
from (select unnest(texts) as text, unnest(conditions) as parsed from asks) c where c.parsed.number is null;
select error('reads: no state of ' || n.kind || ' has the number ' || n.name || ', of which a read claims a condition')
from (select distinct kind, c.name as name from (select kind, unnest(conditions) as c from asks)) n
where exists (from states where is_of(entity, n.kind) and facts <> '{}')
    and not exists (from states where is_of(entity, n.kind) and fact(facts, n.name) is not null);
select error('reads: no state of ' || kind || ' has the facts ' || where_text || ' that a read claims')
from asks where fits is null and exists (from states where is_of(entity, asks.kind) and facts <> '{}')
"""
STATE_FACTS = """
create table state_facts as
select row_id as state_row, {values}
from (select row_id, from_json(with_nulls(facts), {shape}) as f from states where facts is not null)
"""
KEYED = """
insert into keyed
select hash(s.who, hash({columns})), s.from_t, s.until_t, s.version, s.next_version, s.next_from, s.done_t
from (from spans where not absent) s join state_facts f on f.state_row = s.state_row
    semi join (select distinct entity_id from items where mask = {mask}) i on i.entity_id = s.entity_id
"""
FITTING = """
insert into fitting
select state_row, fits from (select state_row, hash({columns}) as fits from state_facts f)
    semi join (select distinct fits from asks where mask = {mask}) c using (fits)
"""
CLAIMED = """
create table claimed as
select f.state_row, k.ask, fact(s.facts, ltrim(k.sorted_by, '-')) as place, s.facts <> '{}' as described
from (from asks semi join (from claims where complete) using (ask)) k
    join fitting f using (fits) join states s on s.row_id = f.state_row
where is_of(s.entity, k.kind) and meets(s.facts, k.conditions);
select error('reads: no state has a number ' || any_value(k.sorted_by) || ', by which a read claims to be sorted')
from claimed join asks k using (ask) where k.sorted_by is not null and described group by ask having count(place) = 0
"""
DIFFERING = """
create table differing as
select e.effect_row, o.row_id as ok_row
from (select l.effect_row, l.ok_row, {values}
      from (select effect_row, ok_row from links where known and ok_row is not null and not seeded and not refused) l
          join (select row_id, from_json(with_nulls(answer), {shape}) as f from effects where answer is not null) x
              on x.row_id = l.effect_row) e
    join (select row_id, {values} from (select row_id, from_json(with_nulls(answer), {shape}) as f from operations
          where kind = 'write' and outcome = 'ok' and answer is not null)) o on o.row_id = e.ok_row
where {differ}
"""


def build_items(connection: duckdb.DuckDBPyConnection) -> None:
    """Create reads, items, claims and asks, and the states as these ask for them: keyed, fitting and claimed."""
    names = _names(connection, "states", "facts")
    shape = _shape(names)
    from_json = {"columns": ", ".join(_hashed(name) for name in names) or "null", "shape": shape, "mask": _mask(names)}
    connection.execute(READS)
    connection.execute(ITEMS.format(**from_json))
    connection.execute(CLAIMS)
    connection.execute(ASKS.format(**from_json))
    connection.execute(UNREADABLE)
    values = ", ".join(f"{_hashed(name)} as c{i}" for i, name in enumerate(names)) or "null as c0"
    connection.execute(STATE_FACTS.format(values=values, shape=shape))
    connection.execute(
        "create table keyed (key ubigint, from_t double, until_t double, version bigint, next_version bigint,"
        " next_from double, done_t double)"
    )
    connection.execute("create table fitting (state_row bigint, fits ubigint)")
    for table, statement in (("items", KEYED), ("asks", FITTING)):
        for (mask,) in connection.execute(f"select distinct mask from {table}").fetchall():
            chosen = [f"f.c{i}" if mask >> i & 1 else "null::ubigint" for i in range(len(names))]
            connection.execute(statement.format(columns=", ".join(chosen) or "null", mask=f"{mask}::hugeint"))
    connection.execute("drop table state_facts")
    connection.execute(CLAIMED)


def build_differing(connection: duckdb.DuckDBPyConnection) -> None:
    """Create differing: effects with an answer of which a field differs from what the operation was told."""
    names = _names(connection, "effects", "answer")
    values = ", ".join(f"{_hashed(name)} as c{i}" for i, name in enumerate(names)) or "null as c0"
    differ = " or ".join(f"e.c{i} <> o.c{i}" for i in range(len(names))) or "false"
    connection.execute(DIFFERING.format(values=values, shape=_shape(names), differ=differ))


def _names(connection: duckdb.DuckDBPyConnection, table: str, column: str) -> list[str]:
    """All names of facts in a column of flat JSON objects, in a fixed order."""
    sets = f"select distinct json_keys({column}) as names from {table} where {column} is not null"
    found = connection.execute(f"select distinct unnest(names) from ({sets})").fetchall()
    names = sorted(str(name) for (name,) in found)
    if len(names) > NAMES_AT_MOST:
        raise StampedeError(f"{table}: {len(names)} different names of facts; at most {NAMES_AT_MOST} can be compared.")
    if len({name.lower() for name in names}) < len(names):
        raise StampedeError(f"{table}: names of facts differ in upper and lower case only, in {', '.join(names)}.")
    return names


def _shape(names: list[str]) -> str:
    """The structure that from_json turns facts into."""
    text = json.dumps(dict.fromkeys(names, "VARCHAR") or {"": "VARCHAR"})
    return "'" + text.replace("'", "''") + "'"


def _field(name: str) -> str:
    return 'f."' + name.replace('"', '""') + '"'


def _hashed(name: str) -> str:
    return f"case when {_field(name)} is not null then hash(norm({_field(name)})) end"


def _mask(names: list[str]) -> str:
    """The set of names that are there, one bit each."""
    kind = "hugeint" if len(names) > 62 else "bigint"
    bits = [f"case when {_field(name)} is not null then {1 << i}::{kind} else 0 end" for i, name in enumerate(names)]
    return " + ".join(bits) or "0::bigint"
