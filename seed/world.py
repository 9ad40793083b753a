"""Making and resetting a system's world in a database, and the marker that permits it."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Generic, TypeAlias, TypeVar

import psycopg2
import redis
import sqlalchemy as sa

from seed import queue
from seed.roles import grant_rights, make_roles, renew_roles

SCHEMA_FOLDER = Path(__file__).resolve().parent.parent / "sql" / "schema"
CONSTRAIN_LINE = "-- load first, constrain later"
REDIS_TIMEOUT_S = 5
OTHER_TIMEOUT_S = 120  # for another program that makes the same world

Parameters = TypeVar("Parameters")
Advance: TypeAlias = Callable[[int], None]


class WorldError(Exception):
    """The world cannot be made; the message says what, where, and what to do."""


@dataclass(frozen=True, slots=True)
class Seeder(Generic[Parameters]):
    """What a system gives to be seeded.

    `load(engine, seed, parameters, advance)` fills the empty tables and constrains them; it calls
    `advance(rows)` as rows go in. `rows(parameters)` is how many that will be.
    """

    key: str
    parameters: type[Parameters]
    rows: Callable[[Parameters], int]
    load: Callable[[sa.Engine, int, Parameters, Advance], None]


def make_engine(database_url: str) -> sa.Engine:
    """An engine that speaks through psycopg2, whose COPY the seeder uses, whatever the URL's scheme implies.

    Raises:
        WorldError: the URL does not read.
    """
    try:
        url = sa.make_url(database_url)
    except sa.exc.ArgumentError:
        raise WorldError("DATABASE_URL is not a URL like postgresql://user:password@host:5432/name") from None
    return sa.create_engine(url.set(drivername="postgresql+psycopg2"))


def constraints_of(system: str, table: str) -> Iterator[str]:
    """The statements that constrain one table (`alter table …`, `create index … on …`), in file order."""
    constraints = (SCHEMA_FOLDER / f"{system}.sql").read_text().partition(CONSTRAIN_LINE)[2]
    for statement in re.sub(r"--[^\n]*", "", constraints).split(";"):
        target = re.search(r"(?:alter table|\bon) (\w+\.\w+)", statement)
        if target and target[1] == f"{system}.{table}":
            yield statement


READ_MARKER = "select seed, parameters, ready from stampede.worlds where system = :system"


def read_marker(connection: sa.Connection, system: str) -> dict[str, Any] | None:
    """`seed, parameters, ready` of the world this program made, or None."""
    if connection.scalar(sa.text("select to_regclass('stampede.worlds')")) is None:
        return None
    row = connection.execute(sa.text(READ_MARKER), {"system": system}).mappings().first()
    return None if row is None else dict(row)


FIND_STRANGER = """
select table_schema || '.' || table_name
from information_schema.tables
where table_schema not in ('pg_catalog', 'information_schema', 'stampede') and table_schema <> all (:made)
  and table_name not like 'pg_stat_statements%'
order by 1
limit 1
"""


def _refuse_strangers(connection: sa.Connection, system: str, named_database: str | None) -> None:
    database = connection.scalar(sa.text("select current_database()"))
    if named_database == database:
        return
    made: list[str] = []
    if connection.scalar(sa.text("select to_regclass('stampede.worlds')")) is not None:
        made.extend(connection.scalars(sa.text("select system from stampede.worlds")))
    if queue.is_ours(connection):
        made.append(queue.SCHEMA)
    stranger = connection.scalar(sa.text(FIND_STRANGER), {"made": made})
    if stranger is not None:
        raise WorldError(
            f"The database {database!r} holds {stranger}, which this program did not make, so nothing was "
            f"reset. If the schema {system!r} in it may go, name the database: --force-database {database}"
        )


def _refuse_existing(connection: sa.Connection, system: str) -> None:
    marker = read_marker(connection, system)
    if marker is not None:
        raise WorldError(
            f"The database already holds a {system} world (seed {marker['seed']}). Pass --reset to replace it."
        )


MARK_WORLD = """
insert into stampede.worlds (system, seed, parameters) values (:system, :seed, :parameters)
on conflict (system) do update
set seed = excluded.seed, parameters = excluded.parameters, ready = false, created_at = now()
"""


def make_world(
    engine: sa.Engine,
    seeder: Seeder[Parameters],
    seed: int,
    parameters: Parameters,
    *,
    reset: bool = False,
    named_database: str | None = None,
    redis_url: str | None = None,
    advance: Advance = lambda rows: None,
) -> None:
    """Make one system's world, or make it anew; the same seed and parameters give the same rows.

    Raises:
        WorldError: there is a world and `reset` was not asked; the database holds tables that this
            program did not make and was not named; or a server did not answer.
        ValueError: the parameters contradict each other.
    """
    try:
        with _alone(engine, seeder.key):
            _make_world(engine, seeder, seed, parameters, reset, named_database, advance)
        _forget_cache(redis_url, seeder.key)
    except sa.exc.DBAPIError as error:
        raise WorldError(f"The database did not answer: {_first_line(error.orig)}") from None
    except psycopg2.Error as error:
        raise WorldError(f"The database broke off: {_first_line(error)}") from None
    except redis.RedisError as error:
        raise WorldError(f"The cache at REDIS_URL was not cleared: {_first_line(error)}") from None


def prepare_roles(engine: sa.Engine, environment: Mapping[str, str]) -> None:
    """Make or complete the roles that the target and the tool sign in as, and the queue of jobs.

    `environment` has the roles' passwords.

    Raises:
        WorldError: the database did not answer, this role may not make others, or the queue's schema is a stranger's.
    """
    try:
        with engine.begin() as connection:
            renew_roles(connection, environment)
            queue.make_queue(connection)
    except sa.exc.DBAPIError as error:
        raise WorldError(f"The database's roles were not made: {_first_line(error.orig)}") from None
    except ValueError as error:
        raise WorldError(str(error)) from None


@contextmanager
def _alone(engine: sa.Engine, system: str) -> Iterator[None]:
    """Wait for another program that makes this world: a killed referee leaves its own behind."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text(f"set lock_timeout = '{OTHER_TIMEOUT_S}s'"))
        connection.execute(sa.text("select pg_advisory_lock(hashtext(:key))"), {"key": f"world {system}"})
        try:
            yield
        finally:
            connection.invalidate()  # the end of the session gives the lock up, whatever state it is in


def _first_line(error: object) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def _make_world(
    engine: sa.Engine,
    seeder: Seeder[Parameters],
    seed: int,
    parameters: Parameters,
    reset: bool,
    named_database: str | None,
    advance: Advance,
) -> None:
    tables = (SCHEMA_FOLDER / f"{seeder.key}.sql").read_text().partition(CONSTRAIN_LINE)[0]
    with engine.begin() as connection:
        _refuse_strangers(connection, seeder.key, named_database)
        if not reset:
            _refuse_existing(connection, seeder.key)
        connection.exec_driver_sql("set local lock_timeout = '10s'")
        make_roles(connection)
        connection.exec_driver_sql(f"drop schema if exists {seeder.key} cascade")
        connection.exec_driver_sql(tables)
        grant_rights(connection, seeder.key)
        marker = {"system": seeder.key, "seed": seed, "parameters": json.dumps(asdict(parameters))}  # type: ignore[call-overload]  # every Parameters is a dataclass
        connection.execute(sa.text(MARK_WORLD), marker)
    seeder.load(engine, seed, parameters, advance)
    with engine.begin() as connection:
        connection.execute(sa.text("update stampede.worlds set ready = true where system = :system"), marker)
        _analyze(connection, seeder.key)


LIST_TABLES = "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname = :system"


def _analyze(connection: sa.Connection, system: str) -> None:
    """Statistics for every table that holds something.

    Not for an empty one: told that it is empty, the planner reads it whole, and a target that plans its
    statements then keeps to that while the table grows. Of a table never looked at it assumes some size.
    """
    for table in connection.scalars(sa.text(LIST_TABLES), {"system": system}).all():
        if connection.scalar(sa.text(f"select exists (select from {table})")):
            connection.exec_driver_sql(f"analyze {table}")


def _forget_cache(redis_url: str | None, system: str) -> None:
    """Delete what the target cached of the old world."""
    if redis_url is None:
        return
    with redis.Redis.from_url(redis_url, socket_timeout=REDIS_TIMEOUT_S) as client:
        for key in client.scan_iter(f"{system}:*", count=1000):
            client.delete(key)
