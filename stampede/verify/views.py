"""Evidence as views of DuckDB, closed to every other file."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from stampede.errors import StampedeError
from stampede.evidence.engine import engine, literal
from stampede.evidence.manifest import Manifest, Part, read_manifest

SQL = Path(__file__).parent / "sql"
TIMEOUT_S = 120.0
FILES = {
    "operations": ("operations",),
    "effects": ("effects",),
    "states": ("states",),
    "frozen": ("frozen_before", "frozen_after"),
}


def count_operations(folder: Path) -> list[tuple[str, str, int, int, int]]:
    """Count the operations by action and kind: how many ended ok, refused, unknown; the last attempt counts."""
    query = """select action, kind, count(*) filter (outcome = 'ok'), count(*) filter (outcome = 'refused'),
        count(*) filter (outcome = 'unknown')
        from (select kind, op_id, arg_max_null(action, attempt) as action, arg_max_null(outcome, attempt) as outcome
              from operations group by op_id, kind)
        group by action, kind order by action, kind"""
    return query_evidence(folder, query)


def run_query(folder: Path, query: str, *, timeout_s: float = TIMEOUT_S) -> int:
    """The number that a query returns in its first row, over the views of the evidence; null and no row are 0.

    Raises:
        StampedeError: the query failed or timed out, or returned no number.
    """
    rows = query_evidence(folder, query, timeout_s=timeout_s)
    try:
        return int(rows[0][0] or 0) if rows else 0
    except (TypeError, ValueError) as error:
        raise StampedeError(f"The query over the evidence returned {rows[0][0]!r}; expected a number.") from error


def query_evidence(folder: Path, query: str, *, timeout_s: float = TIMEOUT_S) -> list[tuple[Any, ...]]:
    """Rows of a query over the views operations, effects, states, frozen_before and frozen_after.

    Raises:
        StampedeError: the query failed or timed out.
    """
    with engine() as connection:
        open_views(connection, folder, read_manifest(folder))
        try:
            with deadline(connection, timeout_s):
                return connection.execute(query).fetchall()
        except duckdb.Error as error:
            raise StampedeError(f"The query over the evidence failed: {first_line(error)}") from error


def open_views(connection: duckdb.DuckDBPyConnection, folder: Path, manifest: Manifest) -> None:
    """Create the views over the files, and what the manifest says as tables; then close the file system."""
    for part, files in FILES.items():
        if manifest.parts.get(part, Part("absent")).state == "present":
            for file in files:
                path = literal((folder / f"{file}.parquet").resolve())
                connection.execute(
                    f"create view {file} as select * exclude (file_row_number), file_row_number as row_id"
                    f" from read_parquet({path}, file_row_number = true)"
                )
    for name in ("absent_entity", "absent_actor"):
        rules = (rule.partition(" on ") for rule in sorted(getattr(manifest.rules, name)))
        _table(
            connection, f"{name} (code varchar, action varchar)", [(code, action or None) for code, _, action in rules]
        )
    _table(connection, "kept_refusals (code varchar)", [(code,) for code in sorted(manifest.rules.kept_refusals)])
    _table(connection, "row_rules (table_name varchar, rows varchar)", list(manifest.row_rules.items()))
    clocks = [(str(clock.rank), 2 * clock.error_s) for clock in manifest.workers.values()]
    _table(connection, "clocks (worker varchar, slack double)", clocks)
    _table(
        connection,
        "database_clock (clock_offset double, clock_error double)",
        [(manifest.database_offset_s, manifest.database_error_s)],
    )
    connection.execute((SQL / "macros.sql").read_text())
    connection.execute(f"set allowed_directories = [{literal(folder.resolve())}]")
    connection.execute("set enable_external_access = false")


def _table(connection: duckdb.DuckDBPyConnection, definition: str, rows: list[tuple[Any, ...]]) -> None:
    connection.execute(f"create table {definition}")
    if rows:
        marks = ", ".join("?" for _ in rows[0])
        connection.executemany(f"insert into {definition.split()[0]} values ({marks})", rows)


@contextmanager
def deadline(connection: duckdb.DuckDBPyConnection, timeout_s: float) -> Iterator[None]:
    """Interrupt the connection's statement after the timeout."""
    timer = threading.Timer(timeout_s, connection.interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def first_line(error: Exception) -> str:
    """The first line of an error's text, or its type."""
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
