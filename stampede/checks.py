"""Integrity checks and audit queries: one invariant per SQL file, run in one read-only snapshot.

A query returns the offending rows and nothing else. Every query runs, none stops another; what did
not run, looked at no rows or crashed is unknown, never passed.
"""

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psycopg2
import psycopg2.extensions

from stampede.errors import StampedeError
from stampede.settings import ROOT

Severity = Literal["critical", "warning"]
Outcome = Literal["pass", "fail", "unknown"]
Connection = psycopg2.extensions.connection

ROWS_KEPT = 20
NO_ROWS = "looked at no rows"
VALUE_LENGTH = 120
STATEMENT_TIMEOUT_S = 60
COLUMNS = ("entity", "expected", "actual", "detail")


@dataclass(frozen=True, slots=True)
class Check:
    """One invariant: the query that finds its offenders, and the query that counts what it looks at."""

    name: str
    invariant: str
    population: str
    severity: Severity
    query: str


@dataclass(frozen=True, slots=True)
class Offender:
    """One offending row, as text."""

    entity: str
    expected: str
    actual: str
    detail: str


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a check found: how many rows it looked at, how many offend, the first of them, and how long it took."""

    name: str
    invariant: str
    severity: Severity
    outcome: Outcome
    population: int
    offenders: int
    rows: tuple[Offender, ...]
    duration_ms: float
    reason: str = ""


def parse_check(name: str, text: str) -> Check:
    """Read a check file: header lines `-- key: value`, then the query.

    Raises:
        StampedeError: a header line is missing or the severity is unknown.
    """
    header = dict(re.findall(r"^-- (invariant|population|severity):\s*(.+?)\s*$", text, re.MULTILINE))
    for key in ("invariant", "population", "severity"):
        if key not in header:
            raise StampedeError(f"The check {name} lacks the header line `-- {key}: …`.")
    severity = header["severity"]
    if severity not in ("critical", "warning"):
        raise StampedeError(f"The check {name} has the severity {severity!r}; it is critical or warning.")
    return Check(name, header["invariant"], header["population"], severity, text)


def load_checks(folder: Path) -> list[Check]:
    """Every check of a folder, by name.

    Raises:
        StampedeError: the folder holds none, or one does not read.
    """
    checks = [parse_check(path.stem, path.read_text()) for path in sorted(folder.glob("*.sql"))]
    if not checks:
        raise StampedeError(f"No checks in {folder.relative_to(ROOT)}.")
    return checks


@contextmanager
def snapshot(connection: Connection) -> Iterator[None]:
    """One `REPEATABLE READ READ ONLY` transaction with a statement timeout, rolled back at the end."""
    connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
    with connection.cursor() as cursor:
        cursor.execute(f"set local statement_timeout = '{STATEMENT_TIMEOUT_S}s'")
    try:
        yield
    finally:
        if not connection.closed:
            connection.rollback()


def run_checks(connection: Connection, checks: Sequence[Check]) -> list[CheckResult]:
    """Run every check in the connection's present transaction."""
    return [run_check(connection, check) for check in checks]


def run_check(connection: Connection, check: Check) -> CheckResult:
    """Run one check; an error becomes an unknown with its reason, and spoils no other check."""
    started = time.perf_counter()
    population, offenders, reason = 0, 0, ""
    rows: tuple[Offender, ...] = ()
    try:
        with connection.cursor() as cursor:
            cursor.execute("savepoint one_check")
            population, offenders, rows = _look(cursor, check)
            cursor.execute("release savepoint one_check")
    except psycopg2.Error as error:
        reason = f"did not run: {str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__}"
        _forget(connection)
    if not reason and population == 0:
        reason = NO_ROWS
    outcome: Outcome = "fail" if offenders else "unknown" if reason else "pass"
    duration_ms = (time.perf_counter() - started) * 1000
    return CheckResult(
        check.name, check.invariant, check.severity, outcome, population, offenders, rows, duration_ms, reason
    )


def _look(cursor: psycopg2.extensions.cursor, check: Check) -> tuple[int, int, tuple[Offender, ...]]:
    cursor.execute(check.population)
    counted = cursor.fetchone()
    columns = ", ".join(f"offending.{column}::text" for column in COLUMNS)
    cursor.execute(f"select {columns}, count(*) over () from ({check.query}\n) as offending limit {ROWS_KEPT}")
    rows = cursor.fetchall()
    found = tuple(Offender(*map(_shorten, row[:-1])) for row in rows)
    return (counted[0] if counted else 0), (rows[0][-1] if rows else 0), found


def _shorten(value: str | None) -> str:
    text = value or ""
    return text if len(text) <= VALUE_LENGTH else text[: VALUE_LENGTH - 1] + "…"


def _forget(connection: Connection) -> None:
    """Bring the transaction back to before a failed check, where there still is one."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("rollback to savepoint one_check")
    except psycopg2.Error:
        return
