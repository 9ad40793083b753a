"""The target's database as the verification reads it: connection, snapshot, and the wait until it is quiet."""

import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager

import psycopg2

from stampede.errors import StampedeError
from stampede.verify.checks import Connection, first_line

CONNECT_TIMEOUT_S = 5
STATEMENT_TIMEOUT_S = 60  # at least; and of the statements whose duration does not depend on the world
TIMEOUT_S_PER_ROW = 60 / 1e6
QUIET_POLL_S = 0.2


def connect(database_url: str) -> Connection:
    """A connection of the tool's own.

    Raises:
        StampedeError: the database does not answer.
    """
    try:
        return psycopg2.connect(database_url, connect_timeout=CONNECT_TIMEOUT_S, application_name="stampede")
    except psycopg2.Error as error:
        raise StampedeError(f"The database does not answer: {first_line(error)}") from None


@contextmanager
def snapshot(connection: Connection, timeout_s: float = STATEMENT_TIMEOUT_S) -> Iterator[None]:
    """One `REPEATABLE READ READ ONLY` transaction with a statement timeout, rolled back at the end."""
    connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
    with connection.cursor() as cursor:
        cursor.execute(f"set local statement_timeout = '{round(timeout_s * 1000)}ms'")
    try:
        yield
    finally:
        if not connection.closed:
            connection.rollback()


# Without pg_read_all_stats, other roles' sessions show neither their transaction nor their kind (backend_type is null).
COUNT_TRANSACTIONS = """
select count(*) filter (where xact_start is not null),
       count(*) filter (where not pg_has_role(usesysid, 'usage') and not pg_has_role('pg_read_all_stats', 'usage'))
from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid()
  and (backend_type = 'client backend' or backend_type is null)
"""


def await_quiet(database_url: str, queues: Mapping[str, str], timeout_s: float) -> str | None:
    """Wait until no client has an open transaction and every queue is empty.

    Returns a sentence where that was not seen within the timeout, or cannot be seen by this role.

    Raises:
        StampedeError: the database does not answer.
    """
    with closing(connect(database_url)) as connection:
        connection.autocommit = True
        connection.cursor().execute(f"set statement_timeout = '{STATEMENT_TIMEOUT_S}s'")
        deadline = time.monotonic() + timeout_s
        try:
            while True:
                unfinished, hidden = _count_unfinished(connection, queues)
                if hidden and not unfinished:
                    return (
                        f"whether the other roles' {hidden} sessions had open transactions is hidden from this role: "
                        "grant pg_read_all_stats to it"
                    )
                if not unfinished:
                    return None
                if time.monotonic() > deadline:
                    return f"{unfinished} {timeout_s:.0f} s after the load"
                time.sleep(QUIET_POLL_S)
        except psycopg2.Error as error:
            raise StampedeError(f"The wait for a quiet database was broken off: {first_line(error)}") from None


def _count_unfinished(connection: Connection, queues: Mapping[str, str]) -> tuple[str, int]:
    """The unfinished work in words, empty where there is none, and the number of sessions whose state is hidden."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT_TRANSACTIONS)
        opened, hidden = cursor.fetchone() or (0, 0)
        if opened:
            return f"{opened} transactions were still open", hidden
        for name, query in queues.items():
            cursor.execute(query)
            (waiting,) = cursor.fetchone() or (0,)
            if waiting:
                return f"{waiting} jobs of the queue {name} were not done", hidden
    return "", hidden


# Unanalyzed tables count -1; a partitioned table's rows are in its partitions.
COUNT_ROWS = """
select coalesce(sum(greatest(c.reltuples, 0)), 0)
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'r' and n.nspname = any (%s)
"""


def find_timeout_s(connection: Connection, schemas: tuple[str, ...]) -> float:
    """The statement timeout for checks over these schemas: a minute per million rows, and at least one."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT_ROWS, (list(schemas),))
        (rows,) = cursor.fetchone() or (0,)
    connection.commit()
    return max(STATEMENT_TIMEOUT_S, float(rows) * TIMEOUT_S_PER_ROW)


# An empty table is left out: its statistics would tell the planner that it stays empty.
LIST_TABLES = """
select format('%%I.%%I', n.nspname, c.relname)
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'r' and n.nspname = any (%s) and pg_has_role(c.relowner, 'usage')
"""


def analyze(connection: Connection, schemas: tuple[str, ...]) -> None:
    """ANALYZE every non-empty table that this role owns; stale statistics made a check time out."""
    with connection.cursor() as cursor:
        cursor.execute(LIST_TABLES, (list(schemas),))
        for (table,) in cursor.fetchall():
            cursor.execute(f"select exists (select from {table})")
            if cursor.fetchone() == (True,):
                cursor.execute(f"analyze {table}")
    connection.commit()


FIND_MISSING = """
select s.name from unnest(%s::text[]) as s (name)
where not exists (
    select from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = s.name and c.relkind in ('r', 'p')
)
"""


def find_missing_schemas(database_url: str, schemas: tuple[str, ...]) -> list[str]:
    """The schemas that hold no table.

    Raises:
        StampedeError: the database does not answer.
    """
    with closing(connect(database_url)) as connection, connection.cursor() as cursor:
        cursor.execute(FIND_MISSING, (list(schemas),))
        return [str(name) for (name,) in cursor.fetchall()]
