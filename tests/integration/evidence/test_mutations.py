"""Every table, column and answer of the shipped systems is looked at: a change of any one of them is reported."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from stampede.evidence.frozen import read_tables
from stampede.verify.checks import run_check
from tests.integration.evidence.unseen import UNSEEN
from tests.integration.scene import RULES, Rules, Scene

TABLES = """
select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = %s and c.relkind in ('r', 'p') and not c.relispartition order by 1
"""
COLUMNS = """
select a.attname, format_type(a.atttypid, null), a.attidentity,
       exists (select from pg_index i where i.indrelid = a.attrelid and i.indisunique and a.attnum = any(i.indkey))
from pg_attribute a where a.attrelid = %s::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
order by a.attnum
"""
# The rows that the run made come first.
MADE_FIRST = "xmin::text::bigint >= pg_current_xact_id()::text::bigint desc"
# The latest first; a rolled-back test leaves gaps that later rows fill, so ctid tells it only where there is no number.
NUMBERED = (".events", ".movements", ".payments")
ROWS_TRIED = 5
CHANGED = {
    "text": ("{} || 'x'", "'x'"),
    "integer": ("{} + 1", "1"),
    "bigint": ("{} + 1", "1"),
    "boolean": ("not {}", "true"),
    "uuid": ("gen_random_uuid()", "gen_random_uuid()"),
    "timestamp with time zone": ("{} + interval '1 hour'", "now()"),
}
TABLE_NAMES = [(rules, name) for rules in RULES for name in rules.tables]
Rows = list[tuple[Any, ...]]


class Mutations:
    """Changes of one world, each undone before the next, and what nothing reported."""

    def __init__(self, scene: Scene, rules: Rules, folder: Path) -> None:
        self.scene, self.rules, self.folder = scene, rules, folder
        self.tried = 0

    def query(self, statement: str, *values: Any) -> Rows:
        with self.scene.connection.cursor() as cursor:
            cursor.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else [(cursor.rowcount,)]

    def applied(self, statements: list[str]) -> bool:
        """Apply the first statement that no constraint refuses and that changes a row."""
        for statement in statements:
            self.scene.reset(self.rules)
            try:
                if self.query(statement)[0][0]:
                    return True
            except psycopg2.IntegrityError:
                continue
        self.scene.reset(self.rules)
        return False

    def is_seen(self, statements: list[str]) -> bool:
        """Whether the constraints refuse all statements, or a check or an audit fails after one of them."""
        self.tried += 1
        if not self.applied(statements):
            return True
        if any(run_check(self.scene.connection, check).outcome == "fail" for check in self.rules.checks):
            return True
        results = self.scene.judge(self.rules, self.folder)
        return any(result.outcome == "fail" for result in results.values())


@pytest.fixture
def mutations(scene: Scene, rules: Rules, tmp_path: Path) -> Mutations:
    return Mutations(scene, rules, tmp_path)


def values_of(column: str, kind: str, table: str) -> list[str]:
    """Other values of a column: one of another row, and one that no row has."""
    changed, made = CHANGED[kind]
    differs = f"o.{column} is not null and o.{column} is distinct from t.{column}"
    other = f"(select o.{column} from {table} o where {differs} order by o.ctid limit 1)"
    fresh = f"coalesce({changed.format(f't.{column}')}, {made})"
    return [fresh] if kind in {"boolean", "bigint", "timestamp with time zone"} else [other, fresh]


def rows_of(mutations: Mutations, table: str, scope: str, column: str = "") -> list[str]:
    known = f"{column} is not null desc, " if column else ""
    latest = "id desc" if table.endswith(NUMBERED) else "ctid desc"
    return [row for (row,) in mutations.query(
        f"select ctid::text from {table} where {scope} order by {known}{MADE_FIRST}, {latest} limit {ROWS_TRIED}"
    )]  # fmt: skip


def changes_of(mutations: Mutations, table: str, scope: str, column: str, kind: str) -> Iterator[tuple[str, list[str]]]:
    rows = rows_of(mutations, table, scope, column)
    if kind != "json":
        values = values_of(column, kind, table)
        yield (
            f"{table}.{column}",
            [f"update {table} t set {column} = {new} where ctid = '{row}'" for row in rows for new in values],
        )
        return
    for (name,) in mutations.query(f"select json_object_keys({column}) from {table} where ctid = '{rows[0]}'"):
        yield (
            f"{table}.{column} {name}",
            [f"update {table} set {column} = {column}::jsonb || '{{\"{name}\": 12345}}' where ctid = '{rows[0]}'"],
        )


def row_changes(mutations: Mutations, table: str, scope: str, columns: Rows) -> Iterator[tuple[str, list[str]]]:
    """Deletes and inserts; an inserted row repeats another one except for what must be unique."""
    rows = rows_of(mutations, table, scope)
    yield f"{table} delete", [f"delete from {table} where ctid = '{row}'" for row in rows]
    written = [(name, kind, unique) for name, kind, identity, unique in columns if not identity]
    insert = f"insert into {table} ({', '.join(name for name, *_ in written)})"
    for choice, label in ((None, "repeat"), (0, "insert of known"), (-1, "insert of fresh")):
        chosen = [
            values_of(name, kind, table)[choice] if unique and choice is not None else f"t.{name}"
            for name, kind, unique in written
        ]
        yield (
            f"{table} {label}",
            [f"{insert} select {', '.join(chosen)} from {table} t where ctid = '{row}'" for row in rows],
        )


def changes_within(mutations: Mutations, table: str, scope: str, columns: Rows) -> Iterator[tuple[str, list[str]]]:
    for name, kind, identity, _ in columns:
        if identity != "a":  # a surrogate that the database numbers; nothing refers to it, and its neighbours are taken
            yield from changes_of(mutations, table, scope, name, kind)
    yield from row_changes(mutations, table, scope, columns)


def compare(found: set[str], expected: set[str]) -> None:
    assert sorted(found - expected) == [], "nothing reports a change of these"


@pytest.mark.parametrize("rules", RULES, ids=lambda rules: rules.system)
def test_every_table_is_mutated(mutations: Mutations, rules: Rules) -> None:
    names = {name for (name,) in mutations.query(TABLES, rules.system)}
    assert names == {name for other, name in TABLE_NAMES if other is rules}
    assert {table.name for table in read_tables(mutations.scene.connection, [rules.system], {})} == {
        f"{rules.system}.{name}" for name in names
    }


@pytest.mark.parametrize(("rules", "table_name"), TABLE_NAMES, ids=lambda value: getattr(value, "system", value))
def test_every_change_of_a_table_is_seen(mutations: Mutations, rules: Rules, table_name: str) -> None:
    table = f"{rules.system}.{table_name}"
    columns = mutations.query(COLUMNS, table)
    # A stored refusal changed nothing: its row is looked at for other reasons.
    logs = any(name == "refusal" for name, *_ in columns)
    scopes = {"": "refusal is null", " (refused)": "refusal is not null"} if logs else {"": "true"}
    changes = [
        (label + mark, statements)
        for mark, scope in scopes.items()
        for label, statements in changes_within(mutations, table, scope, columns)
    ]
    unseen = {label for label, statements in changes if not mutations.is_seen(statements)}
    compare(unseen, {label for label in UNSEEN if label.startswith((f"{table}.", f"{table} "))})
