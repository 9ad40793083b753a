"""What the roles beside the owner may do, and what they may not."""

from contextlib import closing

import psycopg2
import pytest

from seed.inventory import SEEDER as INVENTORY
from seed.roles import PASSWORDS
from seed.seeders import SEEDERS
from seed.world import make_world, prepare_roles
from tests.conftest import STOCKED, Database, Lab

ROLES = ("api", "referee")
TABLES = "select schemaname || '.' || tablename from pg_tables where schemaname = any (%s) order by 1"
SESSION_SETTINGS = """
select current_setting('idle_in_transaction_session_timeout'), current_setting('client_connection_check_interval')
"""


def run(url: str, statement: str, *values: object) -> list[tuple[object, ...]]:
    """The rows of a statement that is rolled back."""
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return cursor.fetchall() if cursor.description else []


def refused(url: str, statement: str) -> None:
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        run(url, statement)


@pytest.fixture(params=ROLES)
def either(lab: Lab, request: pytest.FixtureRequest) -> str:
    """The URL of each role in turn."""
    return lab.settings.url_of(request.param)


@pytest.fixture
def api(lab: Lab) -> str:
    return lab.settings.url_of("api")


@pytest.fixture
def referee(lab: Lab) -> str:
    return lab.settings.url_of("referee")


@pytest.fixture
def tables(lab: Lab) -> list[str]:
    """Every table of the systems."""
    return [str(name) for (name,) in run(lab.settings.database_url, TABLES, [*SEEDERS])]


@pytest.mark.parametrize(
    "statement",
    [
        "select pg_read_file('/etc/hostname')",
        "select pg_read_file('postmaster.pid')",
        "select pg_read_binary_file('/etc/hostname')",
        "select pg_ls_dir('/')",
        "select pg_stat_file('/etc/hostname')",
        "select lo_import('/etc/hostname')",
        "copy (select 1) to '/tmp/stampede-written'",
        "copy (select 1) to program 'cat'",
    ],
)
def test_no_role_reads_or_writes_server_files(either: str, statement: str) -> None:
    refused(either, statement)


@pytest.mark.parametrize("source", ["'/etc/hostname'", "program 'id'"])
def test_api_copies_no_file_into_its_tables(api: str, source: str) -> None:
    refused(api, f"copy registration.semesters (name) from {source}")


@pytest.mark.parametrize(
    "statement",
    [
        "create table made (id int)",
        "create table inventory.made (id int)",
        "create temporary table made (id int)",
        "create schema made",
        "create extension dblink",
        "create extension hstore",
        "select lo_create(0)",
        "select lo_from_bytea(0, 'made')",
        "alter table inventory.products add made int",
        "create index on inventory.products (name)",
        "truncate inventory.products",
        "drop table inventory.products",
        "drop schema inventory cascade",
        "create or replace function inventory.decide() returns int language sql as 'select 1'",
    ],
)
def test_no_role_changes_the_schema(either: str, statement: str) -> None:
    refused(either, statement)


@pytest.mark.parametrize(
    "statement",
    [
        "set role stampede",
        "set role {other}",
        "set session authorization stampede",
        "set session authorization {other}",
        "alter role stampede password 'taken'",
        "alter role {other} password 'taken'",
        "create role made",
        "grant stampede to api, referee",
        "grant pg_read_server_files to api, referee",
    ],
)
def test_no_role_becomes_another(lab: Lab, statement: str) -> None:
    for role, other in (ROLES, ROLES[::-1]):
        refused(lab.settings.url_of(role), statement.format(other=other))


def test_roles_are_no_superusers(lab: Lab) -> None:
    query = "select rolname from pg_roles where rolname = any (%s) and not rolsuper and not rolcreaterole order by 1"
    assert run(lab.settings.database_url, query, [*ROLES]) == [("api",), ("referee",)]


def test_referee_reads_every_table(referee: str, tables: list[str]) -> None:
    assert len(tables) > 10
    for table in [*tables, "inventory.order_answers", "stampede.worlds"]:
        run(referee, f"select * from {table} limit 1")


def test_referee_writes_nothing(referee: str, tables: list[str]) -> None:
    for table in [*tables, "stampede.worlds"]:
        refused(referee, f"delete from {table}")
        refused(referee, f"insert into {table} default values")
    refused(referee, "update inventory.products set stock = 0")
    refused(referee, "update registration.courses set version = 0")
    refused(referee, "select id from inventory.products for update")
    refused(referee, "select nextval('inventory.orders_id_seq')")


def test_api_leaves_the_seeders_marks_alone(api: str) -> None:
    refused(api, "select * from stampede.worlds")
    refused(api, "select * from stampede.read_processes()")


def test_api_sees_no_statement_of_others(lab: Lab, api: str) -> None:
    with closing(psycopg2.connect(lab.settings.database_url)) as owner, owner.cursor() as cursor:
        cursor.execute("select 'secret'")
        query = "select query from pg_stat_activity where pid = %s"
        assert run(api, query, owner.info.backend_pid) == [("<insufficient privilege>",)]


def test_api_sessions_end_in_time(api: str, referee: str) -> None:
    assert run(api, SESSION_SETTINGS) == [("10s", "1s")]
    assert run(referee, SESSION_SETTINGS) == [("30s", "0")]


def test_target_runs_as_api(lab: Lab) -> None:
    query = "select distinct usename from pg_stat_activity where application_name = 'stampede-api'"
    assert run(lab.settings.database_url, query) == [("api",)]


def test_rights_survive_a_reset(lab: Lab, empty_database: Database) -> None:
    for _ in range(2):
        make_world(empty_database.engine, INVENTORY, 1, STOCKED, reset=True)
        run(lab.settings.url_of("api", empty_database.name), "delete from inventory.payments")
        run(lab.settings.url_of("referee", empty_database.name), "select * from inventory.products")


def test_tables_made_later_get_the_rights(lab: Lab, empty_database: Database) -> None:
    make_world(empty_database.engine, INVENTORY, 1, STOCKED)
    with empty_database.engine.begin() as connection:
        connection.exec_driver_sql("create table inventory.later (id int)")
    run(lab.settings.url_of("api", empty_database.name), "insert into inventory.later values (1)")
    referee = lab.settings.url_of("referee", empty_database.name)
    run(referee, "select * from inventory.later")
    refused(referee, "insert into inventory.later values (1)")


def test_roles_are_renewed_in_a_kept_database(lab: Lab, empty_database: Database) -> None:
    make_world(empty_database.engine, INVENTORY, 1, STOCKED)
    api, referee = (lab.settings.url_of(role, empty_database.name) for role in ROLES)
    with empty_database.engine.begin() as connection:
        connection.exec_driver_sql("revoke all on all tables in schema inventory from api, referee")
    refused(referee, "select * from inventory.products")
    prepare_roles(empty_database.engine, dict.fromkeys(PASSWORDS.values(), lab.settings.password))
    run(referee, "select * from inventory.products")
    run(api, "delete from inventory.payments")


def test_no_statement_shows_a_password(lab: Lab, empty_database: Database) -> None:
    with empty_database.engine.begin() as connection:
        connection.exec_driver_sql("create extension pg_stat_statements")
    prepare_roles(empty_database.engine, dict.fromkeys(PASSWORDS.values(), lab.settings.password))
    query = "select query from pg_stat_statements where query ilike 'alter role%password%'"
    shown = [str(text) for (text,) in run(empty_database.url, query)]
    assert shown
    assert not any(lab.settings.password in text for text in shown)
