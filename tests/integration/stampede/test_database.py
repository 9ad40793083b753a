import threading
import time
from collections.abc import Callable
from contextlib import closing

import psycopg2
import pytest

from stampede.errors import StampedeError
from stampede.verify.checks import Connection
from stampede.verify.database import analyze, await_quiet, connect, find_missing_schemas, find_timeout_s, snapshot
from tests.conftest import Database

NOWHERE = "postgresql://127.0.0.1:1/shop"
JOBS = {"mail": "select count(*) from jobs"}


def run(url: str, *statements: str) -> None:
    with closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def fetch(connection: Connection, query: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(query)
        row = cursor.fetchone()
    return row[0] if row else None


def test_quiet_database_is_not_waited_for(empty_database: Database) -> None:
    started = time.monotonic()
    assert await_quiet(empty_database.url, {}, 10) is None
    assert time.monotonic() - started < 5


def test_open_transaction_is_waited_for(empty_database: Database) -> None:
    with closing(psycopg2.connect(empty_database.url)) as client:
        client.cursor().execute("select 1")  # begins a transaction
        ending = threading.Timer(0.6, client.commit)
        started = time.monotonic()
        ending.start()
        assert await_quiet(empty_database.url, {}, 10) is None
        assert time.monotonic() - started >= 0.6
        ending.join()


def test_transaction_that_stays_open_is_told(empty_database: Database) -> None:
    with closing(psycopg2.connect(empty_database.url)) as client:
        client.cursor().execute("select 1")
        trouble = await_quiet(empty_database.url, {}, 0.3)
    assert trouble == "1 transactions were still open 0 s after the load"


def test_idle_session_is_no_open_transaction(empty_database: Database) -> None:
    with closing(psycopg2.connect(empty_database.url)) as client:
        client.autocommit = True
        client.cursor().execute("select 1")
        assert await_quiet(empty_database.url, {}, 0.3) is None


def test_other_databases_do_not_count(empty_database: Database) -> None:
    other = f"{empty_database.url.rpartition('/')[0]}/postgres"
    with closing(psycopg2.connect(other)) as client:
        client.cursor().execute("select 1")
        assert await_quiet(empty_database.url, {}, 0.3) is None


@pytest.mark.parametrize("statement", ["select 1", "commit"])
def test_hidden_sessions_are_told(empty_database: Database, plain_role: Callable[[str], str], statement: str) -> None:
    with closing(psycopg2.connect(empty_database.url)) as client:
        client.cursor().execute(statement)
        trouble = await_quiet(plain_role(empty_database.url), {}, 5)
    assert trouble is not None
    assert "the other roles' 1 sessions had open transactions is hidden from this role" in trouble
    assert "pg_read_all_stats" in trouble


def test_role_sees_its_own_transactions(empty_database: Database, plain_role: Callable[[str], str]) -> None:
    url = plain_role(empty_database.url)
    assert await_quiet(url, {}, 5) is None
    with closing(psycopg2.connect(url)) as client:
        assert await_quiet(url, {}, 5) is None
        client.cursor().execute("select 1")
        assert await_quiet(url, {}, 0.3) == "1 transactions were still open 0 s after the load"


def test_granted_role_sees_all_transactions(empty_database: Database, plain_role: Callable[[str], str]) -> None:
    url = plain_role(empty_database.url)
    run(empty_database.url, f"grant pg_read_all_stats to {url.split('//')[1].split(':')[0]}")
    with closing(psycopg2.connect(empty_database.url)) as client:
        client.autocommit = True
        client.cursor().execute("select 1")
        assert await_quiet(url, {}, 0.3) is None
        client.autocommit = False
        client.cursor().execute("select 1")
        assert await_quiet(url, {}, 0.3) == "1 transactions were still open 0 s after the load"


def test_queue_is_waited_for(empty_database: Database) -> None:
    run(empty_database.url, "create table jobs (id int)", "insert into jobs values (1), (2)")
    working = threading.Timer(0.6, run, [empty_database.url, "delete from jobs"])
    started = time.monotonic()
    working.start()
    assert await_quiet(empty_database.url, JOBS, 10) is None
    assert time.monotonic() - started >= 0.6
    working.join()


def test_queue_that_stays_full_is_told(empty_database: Database) -> None:
    run(empty_database.url, "create table jobs (id int)", "insert into jobs values (1), (2)")
    expected = "2 jobs of the queue mail were not done 0 s after the load"
    assert await_quiet(empty_database.url, JOBS, 0.3) == expected


def test_wrong_queue_query_is_told(empty_database: Database) -> None:
    with pytest.raises(StampedeError, match='broken off: relation "jobs" does not exist'):
        await_quiet(empty_database.url, JOBS, 1)


@pytest.mark.parametrize("call", [lambda: connect(NOWHERE), lambda: await_quiet(NOWHERE, {}, 1)])
def test_silent_database_is_told(call: Callable[[], object]) -> None:
    with pytest.raises(StampedeError, match=r"The database does not answer: .*refused"):
        call()


def test_snapshot_stands_still(empty_database: Database, connection: Connection) -> None:
    run(empty_database.url, "create table items (id int)")
    with snapshot(connection):
        assert fetch(connection, "select count(*) from items") == 0
        run(empty_database.url, "insert into items values (1)")
        assert fetch(connection, "select count(*) from items") == 0
    assert fetch(connection, "select count(*) from items") == 1


def test_snapshot_cannot_write(connection: Connection) -> None:
    with pytest.raises(psycopg2.errors.ReadOnlySqlTransaction), snapshot(connection):
        connection.cursor().execute("create table items (id int)")


def test_snapshot_has_a_timeout(connection: Connection) -> None:
    with pytest.raises(psycopg2.errors.QueryCanceled), snapshot(connection, 0.5):
        connection.cursor().execute("select pg_sleep(10)")


def test_timeout_follows_the_size_of_the_world(empty_database: Database, connection: Connection) -> None:
    rows = "create table items as select 1 as id from generate_series(1, 2000)"
    run(empty_database.url, rows, "analyze items", "create table new_items (id int)")
    assert find_timeout_s(connection, ("public",)) == 60
    run(empty_database.url, "update pg_class set reltuples = 3e6 where relname = 'items'")
    assert find_timeout_s(connection, ("public",)) == 180
    assert find_timeout_s(connection, ("elsewhere",)) == 60


def test_snapshot_ends_with_a_lost_connection(connection: Connection) -> None:
    with pytest.raises(psycopg2.OperationalError), snapshot(connection):
        connection.cursor().execute("select pg_terminate_backend(pg_backend_pid())")


KNOWN = "select string_agg(relname || ' ' || reltuples, ', ' order by relname) from pg_class where relkind = 'r'"


def test_non_empty_tables_are_analyzed(empty_database: Database, connection: Connection) -> None:
    fill = "insert into {} select from generate_series(1, 1010)"
    tables = ["shop.items", 'shop."Odd name"', "shop.empty", "public.other"]
    run(empty_database.url, "create schema shop", *(f"create table {table} ()" for table in tables))
    run(empty_database.url, *(fill.format(table) for table in tables if "empty" not in table))
    analyze(connection, ("shop",))
    told = fetch(connection, f"{KNOWN} and relnamespace in ('shop'::regnamespace, 'public'::regnamespace)")
    assert told == "Odd name 1010, empty -1, items 1010, other -1"


def test_tables_of_others_are_left_alone(empty_database: Database, plain_role: Callable[[str], str]) -> None:
    run(empty_database.url, "create table items ()", "insert into items default values")
    with closing(connect(plain_role(empty_database.url))) as connection:
        analyze(connection, ("public",))
        assert fetch(connection, "select reltuples from pg_class where relname = 'items'") == -1


def test_schemas_without_tables_are_missing(empty_database: Database) -> None:
    run(empty_database.url, "create schema shop", "create schema bare", "create table shop.items ()")
    assert find_missing_schemas(empty_database.url, ("shop", "bare", "none")) == ["bare", "none"]
