"""Turn the workers' histories (gzip, one JSON object per line) into operations.parquet."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from stampede.evidence.engine import MEMORY_LIMIT, OPERATIONS, THREADS, engine, literal, write_parquet

# A fact is at most 1,000 characters; a read of 1,000 items of ten facts stays far below.
LINE_BYTES = 4 * 1024 * 1024

COLUMNS = {
    "op": "VARCHAR",
    "n": "INTEGER",
    "client": "VARCHAR",
    "kind": "VARCHAR",
    "actor": "VARCHAR",
    "action": "VARCHAR",
    "entities": "VARCHAR[]",
    "args": "JSON",
    "key": "VARCHAR",
    "from": "DOUBLE",
    "to": "DOUBLE",
    "outcome": "VARCHAR",
    "code": "VARCHAR",
    "answer": "JSON",
}

# Lines that cannot be parsed come as rows of nulls.
READABLE = """op is not null and n is not null and "from" is not null
    and kind in ('write', 'read') and outcome in ('ok', 'refused', 'unknown')"""

# Corrected to the master's clock and widened by the worker's clock error.
OPERATION = """select op as op_id, n as attempt, {rank} as worker, coalesce(client, '') as client, kind,
    coalesce(actor, '') as actor, coalesce(action, '') as action, coalesce(entities, []) as entities,
    args::varchar as args, key, "from" - {offset} - {error} as invoked_at, "to" - {offset} + {error} as completed_at,
    outcome, code, answer::varchar as answer
from read_json({path}, format = 'newline_delimited', compression = 'gzip', ignore_errors = true,
    maximum_object_size = {line_bytes}, columns = {columns})
where """

EMPTY = """select ''::varchar as op_id, 0 as attempt, ''::varchar as worker, ''::varchar as client,
    ''::varchar as kind, ''::varchar as actor, ''::varchar as action, []::varchar[] as entities,
    null::varchar as args, null::varchar as key, 0::double as invoked_at, 0::double as completed_at,
    ''::varchar as outcome, null::varchar as code, null::varchar as answer where false"""


@dataclass(frozen=True, slots=True)
class WorkerHistory:
    """One worker's history file and what the worker reported about it.

    `operations`: lines that the worker wrote; `complete`: nothing was cut off on the way.
    `offset_s`: the worker's clock minus the master's; `error_s`: bound of the offset's error.
    """

    path: Path
    id: str
    rank: int
    operations: int
    complete: bool
    offset_s: float = 0.0
    error_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Collected:
    """What was collected: rows, rows by outcome, one sentence per trouble, and whether operations may be missing."""

    rows: int
    outcomes: dict[str, int]
    troubles: tuple[str, ...]
    gaps: bool


def collect_operations(
    histories: Sequence[WorkerHistory], folder: Path, *, memory_limit: str = MEMORY_LIMIT, threads: int = THREADS
) -> Collected:
    """Write the operations of all workers to operations.parquet.

    A line that cannot be parsed and a file that is cut off cost what is missing and nothing else.
    """
    with engine(memory_limit, threads) as connection:
        parts = {history: _operations_of(history) for history in histories if _has_lines(history)}
        troubles = [_absence(history) for history in histories if history not in parts and _absence(history)]
        try:
            rows = _write(connection, parts.values(), folder)
        except duckdb.Error:  # at least one cannot be read at all; looking at each first would take 60 ms per worker
            unreadable = {history: _open_trouble(connection, history, query) for history, query in parts.items()}
            troubles = [*filter(None, unreadable.values()), *troubles]
            rows = _write(connection, [query for history, query in parts.items() if not unreadable[history]], folder)
        found = f"from read_parquet({literal(folder / OPERATIONS)})"
        by_worker = dict(connection.execute(f"select worker, count(*) {found} group by 1").fetchall())
        outcomes = dict(connection.execute(f"select outcome, count(*) {found} group by 1").fetchall())
        for history in histories:
            troubles += _missing(connection, history, by_worker.get(str(history.rank), 0))
    return Collected(rows, outcomes, tuple(troubles), bool(troubles))


def _operations_of(history: WorkerHistory) -> str:
    return OPERATION.format(
        rank=literal(history.rank),
        offset=f"{history.offset_s!r}::double",
        error=f"{history.error_s!r}::double",
        path=literal(history.path),
        line_bytes=LINE_BYTES,
        columns="{" + ", ".join(f"{literal(name)}: {literal(kind)}" for name, kind in COLUMNS.items()) + "}",
    )


def _has_lines(history: WorkerHistory) -> bool:
    return history.path.is_file() and history.path.stat().st_size > 0


def _absence(history: WorkerHistory) -> str:
    """Why a history without lines is a trouble; empty if its worker wrote none."""
    if not history.path.is_file():
        return f"The history of worker {history.id} is missing ({history.path.name})."
    return f"The history of worker {history.id} is empty ({history.path.name})." if history.operations else ""


def _write(connection: duckdb.DuckDBPyConnection, queries: Iterable[str], folder: Path) -> int:
    parts = [query + READABLE for query in queries]
    return write_parquet(connection, "\nunion all\n".join(parts) or EMPTY, folder / OPERATIONS)


def _open_trouble(connection: duckdb.DuckDBPyConnection, history: WorkerHistory, query: str) -> str:
    """Why the file cannot be read at all; empty if its first line can."""
    try:
        connection.execute(f"{query} true limit 1").fetchall()
    except duckdb.Error as error:
        return f"The history of worker {history.id} cannot be read: {str(error).splitlines()[0]}"
    return ""


def _missing(connection: duckdb.DuckDBPyConnection, history: WorkerHistory, found: int) -> list[str]:
    """Sentences about operations of this worker that were written and not found, or the reverse."""
    if found < history.operations:
        lost = history.operations - found
        return [f"Worker {history.id}: {lost} of {history.operations} operations are missing or unreadable."]
    if found > history.operations:
        return [f"Worker {history.id}: {found} operations found, but it reported {history.operations}."]
    return [] if history.complete else [f"Worker {history.id}: its history was not transferred completely."]
