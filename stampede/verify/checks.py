"""Runs checks in the target's database.

A query returns the offending rows and nothing else. Every query runs, none stops another. A query that crashed, timed
out or had no row in scope is unknown, never passed.
"""

import time
from collections.abc import Sequence

import psycopg2
import psycopg2.extensions

from stampede.suite.check import Check
from stampede.verify.results import ROWS_KEPT, CheckResult, Offender, Outcome

Connection = psycopg2.extensions.connection

NO_ROWS = "had no rows in scope"
VALUE_LENGTH = 120
COLUMNS = ("entity", "expected", "actual", "detail")


def run_checks(connection: Connection, checks: Sequence[Check]) -> tuple[CheckResult, ...]:
    """Run every check in the connection's present transaction."""
    return tuple(run_check(connection, check) for check in checks)


def run_check(connection: Connection, check: Check) -> CheckResult:
    """Run one check; an error becomes an unknown with its reason and does not affect the next check."""
    started = time.perf_counter()
    population, offenders, reason = 0, 0, ""
    rows: tuple[Offender, ...] = ()
    try:
        with connection.cursor() as cursor:
            cursor.execute("savepoint one_check")
            population, offenders, rows = _find_offenders(cursor, check)
            cursor.execute("release savepoint one_check")
    except psycopg2.Error as error:
        reason = f"did not run: {first_line(error)}"
        _roll_back(connection)
    if not reason and population == 0:
        reason = NO_ROWS
    outcome: Outcome = "fail" if offenders else "unknown" if reason else "pass"
    duration_ms = (time.perf_counter() - started) * 1000
    return CheckResult(
        check.name, check.invariant, check.severity, outcome, population, offenders, rows, duration_ms, reason
    )


def first_line(error: BaseException) -> str:
    """The first line of an error's message, or the name of its class."""
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__


def _find_offenders(cursor: psycopg2.extensions.cursor, check: Check) -> tuple[int, int, tuple[Offender, ...]]:
    cursor.execute(check.population)
    counted = cursor.fetchone()
    columns = ", ".join(f"offending.{column}::text" for column in COLUMNS)
    cursor.execute(f"select {columns}, count(*) over () from ({check.statement}\n) as offending limit {ROWS_KEPT}")
    rows = cursor.fetchall()
    found = tuple(Offender(*map(shorten, row[:-1])) for row in rows)
    return int(counted[0] or 0) if counted else 0, (rows[0][-1] if rows else 0), found


def shorten(value: str | None) -> str:
    """At most `VALUE_LENGTH` characters of a value."""
    text = value or ""
    return text if len(text) <= VALUE_LENGTH else text[: VALUE_LENGTH - 1] + "…"


def _roll_back(connection: Connection) -> None:
    """Return to the state before a failed check, unless the connection is lost."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("rollback to savepoint one_check")
    except psycopg2.Error:
        return
