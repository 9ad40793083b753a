"""Checks, effects, states and frozen rows from one snapshot of the target's database."""

import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import duckdb
import psycopg2

from stampede.errors import StampedeError
from stampede.evidence.columns import EFFECTS, STATES
from stampede.evidence.export import export_part
from stampede.evidence.frozen import export_after, export_before
from stampede.evidence.manifest import Part
from stampede.suite.check import load_checks
from stampede.suite.model import Database, Suite
from stampede.verify.checks import Connection, first_line, run_checks
from stampede.verify.database import analyze, connect, find_timeout_s, snapshot
from stampede.verify.results import CheckResult

FAILURES = (psycopg2.Error, duckdb.Error, OSError, StampedeError)
COLUMNS = {"effects": EFFECTS, "states": STATES}
ABSENT = {
    "effects": "sql/effects/{system}.sql is missing: no operation was compared with the database",
    "states": "sql/states/{system}.sql is missing: neither refusals nor reads were judged",
}


@dataclass(frozen=True, slots=True)
class Verification:
    """What the snapshot gave: check results, the state of each part of the evidence, the database's clock."""

    checks: tuple[CheckResult, ...] = ()
    parts: Mapping[str, Part] | None = None
    clock: tuple[float, float] = (0.0, 0.0)
    troubles: tuple[str, ...] = ()


def run_all_checks(suite: Suite, system: str) -> Verification:
    """Run the checks alone, in a snapshot of their own. A database that is gone is a trouble, never an exception."""
    return _verify(suite, system, None, None)


def verify_and_export(suite: Suite, system: str, folder: Path, timeout_s: float | None = None) -> Verification:
    """Run the checks and export effects, states and frozen rows, all from one snapshot, into `folder`.

    `timeout_s` bounds each statement; None: by the size of the world.
    """
    return _verify(suite, system, folder, timeout_s)


def _verify(suite: Suite, system: str, folder: Path | None, timeout_s: float | None) -> Verification:
    if suite.database is None:
        return Verification(troubles=("the suite names no database, so nothing can be verified",))
    try:
        _analyze(suite.database, suite.system(system).schemas)
        with (
            closing(connect(suite.database.url)) as connection,
            snapshot(connection, timeout_s or find_timeout_s(connection, suite.system(system).schemas)),
        ):
            checks = run_checks(connection, load_checks(suite.sql("checks", system)))
            parts = _export(connection, suite, system, folder) if folder else None
            return Verification(checks, parts, _read_clock(connection))
    except FAILURES as error:
        return Verification(troubles=(f"the verification did not run: {first_line(error)}",))


def _analyze(database: Database, schemas: tuple[str, ...]) -> None:
    with closing(connect(database.owner)) as owner:
        analyze(owner, schemas)


def _export(connection: Connection, suite: Suite, system: str, folder: Path) -> dict[str, Part]:
    parts = {name: _export_query(connection, suite, system, name, folder) for name in COLUMNS}
    one = suite.system(system)
    parts["frozen"] = _guarded(connection, lambda: export_after(connection, one.schemas, one.changes, folder))
    return parts


def _export_query(connection: Connection, suite: Suite, system: str, name: str, folder: Path) -> Part:
    path = suite.sql(name, system)
    if not path.exists():
        return Part("absent", ABSENT[name].format(system=system))
    file = str(path.relative_to(suite.folder))
    return _guarded(
        connection,
        lambda: export_part(connection, path.read_text(), COLUMNS[name], folder / f"{name}.parquet", file=file),
    )


def _guarded(connection: Connection, export: Callable[[], int]) -> Part:
    """Run one export in a savepoint; a failure does not affect the next."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("savepoint one_part")
            export()
            cursor.execute("release savepoint one_part")
        return Part("present")
    except FAILURES as error:
        if not connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("rollback to savepoint one_part")
        return Part("failed", first_line(error))


def _read_clock(connection: Connection) -> tuple[float, float]:
    """The database's clock minus this machine's, and the error of that figure; both in seconds."""
    with connection.cursor() as cursor:
        started = time.time()
        cursor.execute("select extract(epoch from clock_timestamp())::float8")
        (theirs,) = cursor.fetchone() or (started,)
        ended = time.time()
    return float(theirs) - (started + ended) / 2, (ended - started) / 2


def check_fresh_world(suite: Suite, system: str, folder: Path, timeout_s: float | None = None) -> None:
    """Run all checks before anything is sent, and fingerprint the frozen rows into `folder`.

    Raises:
        StampedeError: a check does not pass, so that no run could prove anything; or the database does not answer.
    """
    if suite.database is None:
        return
    one = suite.system(system)
    _analyze(suite.database, one.schemas)
    with closing(connect(suite.database.url)) as connection:
        _check_world(connection, suite, system, timeout_s or find_timeout_s(connection, one.schemas), folder)


def _check_world(connection: Connection, suite: Suite, system: str, timeout_s: float, folder: Path) -> None:
    one = suite.system(system)
    with snapshot(connection, timeout_s):
        for result in run_checks(connection, load_checks(suite.sql("checks", system))):
            if result.outcome != "pass" and result.severity == "critical":
                raise StampedeError(
                    f"The check {result.name} does not pass on the fresh world ({result.reason or 'it finds rows'}): "
                    "the world or the check is wrong, so no run can prove anything."
                )
        export_before(connection, one.schemas, one.changes, folder)
