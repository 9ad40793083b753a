"""Checks and audit in one snapshot of the database."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import psycopg2

from stampede.audit import Audit, load_operations, run_audit
from stampede.checks import CheckResult, Connection, load_checks, run_checks, snapshot
from stampede.errors import StampedeError
from stampede.history import Operation
from stampede.settings import ROOT

CONNECT_TIMEOUT_S = 5
QUIET_POLL_S = 0.2


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found; `troubles` say what could not be looked at."""

    checks: tuple[CheckResult, ...]
    audit: Audit | None
    troubles: tuple[str, ...]


def connect(database_url: str) -> Connection:
    """A connection of the referee's own.

    Raises:
        StampedeError: the database does not answer.
    """
    try:
        return psycopg2.connect(database_url, connect_timeout=CONNECT_TIMEOUT_S, application_name="stampede-referee")
    except psycopg2.OperationalError as error:
        reason = str(error).strip().splitlines()[0]
        raise StampedeError(f"The database does not answer: {reason}") from None


LIST_WORLDS = "select nspname from pg_namespace where nspname = any (%s) order by oid"


def list_worlds(database_url: str, systems: Sequence[str]) -> list[str]:
    """The systems that have a world in the database, the one made last at the end.

    Raises:
        StampedeError: there is none, or the database does not answer.
    """
    connection = connect(database_url)
    try:
        with connection.cursor() as cursor:
            cursor.execute(LIST_WORLDS, (list(systems),))
            made = [str(system) for (system,) in cursor.fetchall()]
    finally:
        connection.close()
    if not made:
        raise StampedeError("The database holds no world: make one with `make seed` or a run.")
    return made


READ_WORLD = "select seed, ready from stampede.worlds where system = %s"


def require_world(database_url: str, system: str) -> None:
    """Insist on a world to look at.

    Raises:
        StampedeError: there is none, it is unfinished, or the database does not answer.
    """
    connection = connect(database_url)
    try:
        with connection.cursor() as cursor:
            cursor.execute("select to_regclass('stampede.worlds'), to_regnamespace(%s)", (system,))
            marker, schema = cursor.fetchone() or (None, None)
            if schema is None:
                raise StampedeError(f"The database holds no {system} world: make one with `make seed` or a run.")
            if marker is None:
                return
            cursor.execute(READ_WORLD, (system,))
            world = cursor.fetchone()
            if world is not None and not world[1]:
                raise StampedeError(f"The {system} world is unfinished: make it anew with `make seed`.")
    finally:
        connection.close()


COUNT_TRANSACTIONS = """
select count(*) from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid() and xact_start is not null
  and backend_type = 'client backend'
"""


def await_quiet(database_url: str, timeout_s: float) -> str | None:
    """Wait until no client has a transaction open; the trouble where the bound was run into.

    Raises:
        StampedeError: the database does not answer.
    """
    connection = connect(database_url)
    connection.autocommit = True
    deadline = time.monotonic() + timeout_s
    try:
        while True:
            with connection.cursor() as cursor:
                cursor.execute(COUNT_TRANSACTIONS)
                row = cursor.fetchone()
            if row == (0,):
                return None
            if time.monotonic() > deadline:
                return f"{row[0] if row else '?'} transactions were still open {timeout_s:.0f} s after the load"
            time.sleep(QUIET_POLL_S)
    except psycopg2.Error as error:
        raise StampedeError(f"The database broke off while it was waited for: {str(error).strip()}") from None
    finally:
        connection.close()


LIST_TABLES = "select format('%%I.%%I', schemaname, tablename) from pg_tables where schemaname = %s"


def _refresh_statistics(connection: Connection, system: str) -> None:
    """Tell the planner what the load left: a query that joins what it takes for a few rows may never end.

    Not of an empty table, as the seeder does and for its reason.
    """
    with connection.cursor() as cursor:
        cursor.execute(LIST_TABLES, (system,))
        for (table,) in cursor.fetchall():
            cursor.execute(f"select exists (select from {table})")
            if cursor.fetchone() == (True,):
                cursor.execute(f"analyze {table}")
    connection.commit()


def verify(database_url: str, system: str, operations: Sequence[Operation] | None, gaps: bool = False) -> Verification:
    """Run all checks and audits of a system in one snapshot, without a history where there is none.

    `gaps` says that the history is known to lack something.
    A database that is gone makes every check unknown; it raises nothing.
    """
    checks = load_checks(ROOT / "sql" / "checks" / system)
    audits = load_checks(ROOT / "sql" / "audit" / system)
    try:
        connection = connect(database_url)
    except StampedeError as error:
        return Verification((), None, (str(error),))
    try:
        load_operations(connection, operations or ())
        _refresh_statistics(connection, system)
        with snapshot(connection):
            results = tuple(run_checks(connection, checks))
            audit = run_audit(connection, system, audits, operations, gaps)
        return Verification(results, audit, ())
    except psycopg2.Error as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        return Verification((), None, (f"the verification did not run: {reason}",))
    finally:
        connection.close()


def check_fresh_world(database_url: str, system: str) -> None:
    """Insist that every check passes before anything was sent.

    Raises:
        StampedeError: one does not; the world or the check is wrong, and no run could tell.
    """
    connection = connect(database_url)
    try:
        with snapshot(connection):
            results = run_checks(connection, load_checks(ROOT / "sql" / "checks" / system))
    finally:
        connection.close()
    for result in results:
        if result.outcome != "pass":
            raise StampedeError(
                f"The check {result.name} does not pass on the fresh world ({result.reason or 'it finds offenders'}): "
                "the world or the check is wrong, so no run can tell anything."
            )
