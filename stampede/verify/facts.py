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
    case when actor <> '' then hash(actor) end as actor_id, r.complete,
    from_json(r.counts, '"MAP(VARCHAR, DOUBLE)"') as counts
from (select row_id, actor, invoked_at, completed_at, from_json(answer,
          '{"complete":{"mine":"BOOLEAN","where":"JSON"},"counts":"JSON","stale_s":"DOUBLE"}') as r
      from operations where kind = 'read' and outcome = 'ok'
          and not (contains(answer, '"complete":null') and contains(answer, '"counts":{}')))
where r.complete is not null or r.counts is not null and r.counts::varchar not in ('{}', 'null')
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
COMPLETE = """
create table complete as
select row_id, coalesce(mine, false) as mine, actor_id, a, b, where_text, mask,
    case when names = bit_count(mask) then hash({columns}) end as asked
from (
    select *, {mask} as mask, coalesce(len(json_keys(where_text)), 0) as names
    from (
        select *, from_json(where_text, {shape}) as f
        from (select row_id, actor_id, a, b, complete.mine as mine,
                  with_nulls(coalesce(complete."where"::varchar, '{{}}')) as where_text
              from reads where complete is not null)))
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
CLAIMED = """
insert into claimed
select state_row, asked from (select state_row, hash({columns}) as asked from state_facts f)
    semi join (select distinct asked from complete where mask = {mask}) c using (asked)
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
    """Create reads, items and complete, and the states as these ask for them: keyed and claimed."""
    names = _names(connection, "states", "facts")
    shape = _shape(names)
    from_json = {"columns": ", ".join(_hashed(name) for name in names) or "null", "shape": shape, "mask": _mask(names)}
    connection.execute(READS)
    connection.execute(ITEMS.format(**from_json))
    connection.execute(COMPLETE.format(**from_json))
    values = ", ".join(f"{_hashed(name)} as c{i}" for i, name in enumerate(names)) or "null as c0"
    connection.execute(STATE_FACTS.format(values=values, shape=shape))
    connection.execute(
        "create table keyed (key ubigint, from_t double, until_t double, version bigint, next_version bigint,"
        " next_from double, done_t double)"
    )
    connection.execute("create table claimed (state_row bigint, asked ubigint)")
    for table, statement in (("items", KEYED), ("complete", CLAIMED)):
        for (mask,) in connection.execute(f"select distinct mask from {table}").fetchall():
            chosen = [f"f.c{i}" if mask >> i & 1 else "null::ubigint" for i in range(len(names))]
            connection.execute(statement.format(columns=", ".join(chosen) or "null", mask=f"{mask}::hugeint"))
    connection.execute("drop table state_facts")


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
