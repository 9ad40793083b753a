from collections.abc import Iterator
from pathlib import Path

import duckdb
import psycopg2
import pytest

from stampede.errors import StampedeError
from stampede.evidence.catalog import CATALOG
from stampede.evidence.columns import EFFECTS, STATES
from stampede.evidence.export import Connection, export_part
from stampede.evidence.frozen import export_after, export_before
from stampede.suite.model import Changes
from tests.conftest import Database


@pytest.fixture
def connection(empty_database: Database) -> Iterator[Connection]:
    opened = psycopg2.connect(empty_database.url)
    yield opened
    opened.close()


def rows(path: Path) -> list[dict[str, object]]:
    found = duckdb.sql(f"from '{path}'")
    return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]


def test_missing_columns_are_filled(connection: Connection, tmp_path: Path) -> None:
    query = """select 'buy' as action, 'item 1' as entity, to_timestamp(1.5) as occurred_at, '' as actor,
        7::numeric as version;"""
    assert export_part(connection, query, EFFECTS, tmp_path / "effects.parquet") == 1
    (row,) = rows(tmp_path / "effects.parquet")
    assert (row["op_id"], row["seeded"], row["implied"], row["actor"], row["version"]) == (None, False, False, "", 7)
    assert row["occurred_at"] == 1.5


@pytest.mark.parametrize("text", ['a,b "c"', "line\nbreak", "\\N", "Zürich ☃", "NULL", "'"])
def test_text_is_exported_as_it_is(connection: Connection, tmp_path: Path, text: str) -> None:
    with connection.cursor() as cursor:
        query = cursor.mogrify(
            "select %s as entity, 1 as version, jsonb_build_object('a', %s) as facts -- end", (text, text)
        )
    export_part(connection, query.decode(), STATES, tmp_path / "states.parquet")
    assert rows(tmp_path / "states.parquet")[0]["entity"] == text


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("select 'a' as entity", "the column 'version' is missing"),
        ("select 'a' as entity, 1 as version, null as facts, 1 as colour", "unknown column 'colour'"),
        ("select 'a' as entity, 1 as version, null as facts, 'b' as entity", "specified more than once|occurs twice"),
        ("select null as entity, 1 as version, null as facts", "the column entity holds a null"),
        ("select 'a' as entity, 'many' as version, null as facts", "many"),
        ("select nonsense", "nonsense"),
        ("select 'a' as entity, 1 as version, null as facts from pg_sleep(5)", "timeout"),
    ],
)
def test_wrong_query_is_named(connection: Connection, tmp_path: Path, query: str, message: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("set statement_timeout = 300")
    with pytest.raises(StampedeError, match=rf"sql/states/shop.sql: .*({message})"):
        export_part(connection, query, STATES, tmp_path / "states.parquet", file="sql/states/shop.sql")
    assert list(tmp_path.iterdir()) == []


TABLES = """
    create table fixed (id int primary key, name text, stock int, twice int generated always as (stock * 2) stored);
    create table growing (id int primary key, name text);
    create table keyless (name text);
    create table free (id int);
    create table parted (id int, day date, primary key (id, day)) partition by range (day);
    create table parted_1 partition of parted for values from ('2026-01-01') to ('2027-01-01');
    insert into fixed values (1, 'a', 5), (2, 'b', 6);
    insert into growing values (1, 'a');
    insert into keyless values ('a'), ('a');
    insert into parted values (1, '2026-05-05');
"""
CHANGES = {
    "public.fixed": Changes(columns=("stock",)),
    "public.growing": Changes(rows="added"),
    "public.free": Changes(rows="any"),
}


def fingerprints(path: Path) -> set[tuple[object, ...]]:
    return {(row["table_name"], row["row_key"], row["fingerprint"]) for row in rows(path)}


@pytest.mark.parametrize(
    ("statement", "seen"),
    [
        ("update fixed set stock = 0", set()),
        ("insert into free values (1)", set()),
        ("update fixed set name = 'x' where id = 2", {"public.fixed"}),
        ("delete from fixed where id = 1", {"public.fixed"}),
        ("update growing set name = 'x'", {"public.growing"}),
        ("update parted set day = '2026-06-06'", {"public.parted"}),
        ("update keyless set name = 'x'", {"public.keyless"}),
    ],
)
def test_fingerprints_show_what_may_not_change(
    connection: Connection, tmp_path: Path, statement: str, seen: set[str]
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        export_before(connection, ["public"], CHANGES, tmp_path)
        cursor.execute(statement)
    export_after(connection, ["public"], CHANGES, tmp_path)
    before, after = (fingerprints(tmp_path / f"frozen_{when}.parquet") for when in ("before", "after"))
    assert {row[0] for row in before ^ after} == seen
    assert sum(row[0] != CATALOG for row in before) == 5  # two equal rows of `keyless` are one


@pytest.mark.parametrize("wrong", [{"public.gone": Changes()}, {"public.fixed": Changes(columns=("gone",))}])
def test_unknown_change_is_refused(connection: Connection, tmp_path: Path, wrong: dict[str, Changes]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
    with pytest.raises(StampedeError, match="there is no"):
        export_before(connection, ["public"], wrong, tmp_path)
