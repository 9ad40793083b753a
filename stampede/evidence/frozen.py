"""Fingerprints of all rows and definitions before and after a run: what is not declared as changing must not change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg2.extensions

from stampede.errors import StampedeError
from stampede.evidence.catalog import catalog_query
from stampede.evidence.columns import FROZEN
from stampede.evidence.engine import MEMORY_LIMIT, THREADS, engine, literal
from stampede.evidence.export import export_part
from stampede.suite.model import Changes

Connection = psycopg2.extensions.connection

FROZEN_BEFORE = "frozen_before.parquet"
FROZEN_AFTER = "frozen_after.parquet"

# Partitions are read through their parent. Generated columns follow from others, which are fingerprinted themselves.
TABLES = """
    select n.nspname || '.' || c.relname,
        format('%%I.%%I', n.nspname, c.relname),
        c.relkind::text,
        array(select a.attname::text from pg_attribute a where a.attrelid = c.oid and a.attnum > 0
              and not a.attisdropped and a.attgenerated = '' order by a.attnum),
        array(select a.attname::text
              from pg_index i join pg_attribute a on a.attrelid = c.oid and a.attnum = any(i.indkey)
              where i.indrelid = c.oid and i.indisprimary order by array_position(i.indkey::int2[], a.attnum))
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = any(%s) and c.relkind in ('r', 'p') and not c.relispartition
    order by 1
"""
# The text of a row must not depend on the session.
SESSION = """select set_config('TimeZone', 'UTC', true), set_config('DateStyle', 'ISO', true),
    set_config('IntervalStyle', 'iso_8601', true), set_config('extra_float_digits', '1', true),
    set_config('bytea_output', 'hex', true)"""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the catalog: `name` is schema.table, `source` its quoted form, `key` the primary key's columns."""

    name: str
    source: str
    partitioned: bool
    columns: tuple[str, ...]
    key: tuple[str, ...]


def read_tables(connection: Connection, schemas: Sequence[str], changes: Mapping[str, Changes]) -> list[Table]:
    """List all tables of the schemas whose rows are frozen at least in part.

    Raises:
        StampedeError: `changes` names a table or column that does not exist.
    """
    with connection.cursor() as cursor:
        cursor.execute(TABLES, (list(schemas),))
        tables = [
            Table(name, source, kind == "p", tuple(columns), tuple(key))
            for name, source, kind, columns, key in cursor.fetchall()
        ]
    known = {table.name: table for table in tables}
    for name, change in changes.items():
        if name not in known:
            raise StampedeError(f"Changes of {name}: there is no such table; write it as schema.table.")
        for column in sorted(set(change.columns) - set(known[name].columns)):
            raise StampedeError(
                f"Changes of {name}: there is no column {column!r} (generated ones are never compared)."
            )
    return [table for table in tables if changes.get(table.name, Changes()).rows != "any"]


def fingerprint_query(tables: Sequence[Table], changes: Mapping[str, Changes]) -> str:
    """SQL that returns one fingerprint per row of the tables, without the columns that may change."""
    parts = [_fingerprint_of(table, changes.get(table.name, Changes())) for table in tables]
    nothing = "select ''::text as table_name, ''::text as row_key, ''::text as fingerprint where false"
    return "\nunion all\n".join(parts) or nothing


def _fingerprint_of(table: Table, change: Changes) -> str:
    kept = [column for column in table.columns if column not in change.columns]
    whole = f"md5({_row(kept)}::text)" if kept else "''"
    key = f"{_row(table.key)}::text" if table.key else whole
    only = "" if table.partitioned else "only "
    chosen = f"{literal(table.name)}::text as table_name, {key} as row_key, {whole} as fingerprint"
    return f"select {chosen} from {only}{table.source}"


def _row(columns: Sequence[str]) -> str:
    quoted = ['"' + column.replace('"', '""') + '"' for column in columns]
    return f"row({', '.join(quoted)})"


def export_before(connection: Connection, schemas: Sequence[str], changes: Mapping[str, Changes], folder: Path) -> int:
    """Fingerprint every row and definition of the schemas before the run; return their number."""
    with connection.cursor() as cursor:
        cursor.execute(SESSION)
    tables = read_tables(connection, schemas, changes)
    query = f"{fingerprint_query(tables, changes)}\nunion all\n{catalog_query(connection, schemas)}"
    return export_part(connection, query, FROZEN, folder / FROZEN_BEFORE)


def export_after(connection: Connection, schemas: Sequence[str], changes: Mapping[str, Changes], folder: Path) -> int:
    """Fingerprint the rows and definitions after the run; tables that may gain rows and had none are left out."""
    with connection.cursor() as cursor:
        cursor.execute(SESSION)
    with engine(MEMORY_LIMIT, THREADS) as database:
        found = database.execute(
            f"select distinct table_name from read_parquet({literal(folder / FROZEN_BEFORE)})"
        ).fetchall()
    filled = {name for (name,) in found}
    tables = [
        table
        for table in read_tables(connection, schemas, changes)
        if table.name in filled or changes.get(table.name, Changes()).rows == "fixed"
    ]
    query = f"{fingerprint_query(tables, changes)}\nunion all\n{catalog_query(connection, schemas)}"
    return export_part(connection, query, FROZEN, folder / FROZEN_AFTER)


def row_rules(changes: Mapping[str, Changes]) -> dict[str, str]:
    """The rule of rows per table, as the manifest keeps it."""
    return {name: change.rows for name, change in sorted(changes.items())}
