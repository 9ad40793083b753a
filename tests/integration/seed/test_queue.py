"""The schema of the queue of jobs."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing

import psycopg2
import pytest
import sqlalchemy as sa

from seed import queue
from seed.inventory import SEEDER as INVENTORY
from seed.roles import PASSWORDS
from seed.world import WorldError, make_world, prepare_roles
from tests import ROOT
from tests.conftest import STOCKED, Database, Lab

ENQUEUE = """
select jobs.procrastinate_defer_jobs_v1(
    array[row('default', 'test:%(name)s', 0, null, null, '{}', null)::jobs.procrastinate_job_to_defer_v1]
)
"""
NAMES = "select task_name from jobs.procrastinate_jobs order by id"
VERSION = "comment on schema jobs is 'procrastinate 0'"


def prepare(lab: Lab, engine: sa.Engine) -> None:
    prepare_roles(engine, dict.fromkeys(PASSWORDS.values(), lab.settings.password))


@pytest.fixture
def database(lab: Lab, empty_database: Database) -> Database:
    prepare(lab, empty_database.engine)
    return empty_database


@pytest.fixture
def api(lab: Lab, database: Database) -> Iterator[psycopg2.extensions.connection]:
    """A connection as the target has it: of the role `api`, which looks for no table in the schema."""
    with closing(psycopg2.connect(lab.settings.url_of("api", database.name))) as connection:
        yield connection


def enqueue(connection: psycopg2.extensions.connection, name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(ENQUEUE, {"name": psycopg2.extensions.AsIs(name)})


def names(database: Database) -> list[str]:
    with database.engine.connect() as connection:
        return list(connection.scalars(sa.text(NAMES)))


def test_job_is_enqueued_by_the_transaction_of_a_request(
    database: Database, api: psycopg2.extensions.connection
) -> None:
    enqueue(api, "given up")
    api.rollback()
    enqueue(api, "wanted")
    assert names(database) == []
    api.commit()
    assert names(database) == ["test:wanted"]


def test_schema_stays_with_its_jobs(lab: Lab, database: Database, api: psycopg2.extensions.connection) -> None:
    enqueue(api, "kept")
    api.commit()
    prepare(lab, database.engine)
    assert names(database) == ["test:kept"]


def test_schema_of_another_version_is_replaced(
    lab: Lab, database: Database, api: psycopg2.extensions.connection
) -> None:
    enqueue(api, "old")
    api.commit()
    with database.engine.begin() as connection:
        connection.exec_driver_sql(VERSION)
    prepare(lab, database.engine)
    assert names(database) == []
    enqueue(api, "new")
    api.commit()
    assert names(database) == ["test:new"]


def test_strangers_schema_of_this_name_is_left_alone(lab: Lab, empty_database: Database) -> None:
    with empty_database.engine.begin() as connection:
        connection.exec_driver_sql("create schema jobs; create table jobs.bills (id integer)")
    with pytest.raises(WorldError, match="a schema 'jobs' that this program did not make"):
        prepare(lab, empty_database.engine)
    with pytest.raises(WorldError, match=r"holds jobs\.bills, which this program did not make"):
        make_world(empty_database.engine, INVENTORY, 1, STOCKED)


def test_referee_reads_the_queue_and_changes_nothing(lab: Lab, database: Database) -> None:
    with (
        closing(psycopg2.connect(lab.settings.url_of("referee", database.name))) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(NAMES)
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute("delete from jobs.procrastinate_jobs")


def test_queue_is_no_strangers_table(database: Database) -> None:
    make_world(database.engine, INVENTORY, 1, STOCKED)


def test_tables_are_read_without_the_driver() -> None:
    program = "import sys; sys.modules['psycopg'] = None; from seed.queue import read_tables; print(read_tables())"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert "CREATE TABLE procrastinate_jobs" in done.stdout, done.stderr


def test_search_path_of_the_owner_stays(database: Database) -> None:
    with database.engine.begin() as connection:
        before = connection.exec_driver_sql("show search_path").scalar()
        connection.exec_driver_sql(VERSION)
        queue.make_queue(connection)
        assert connection.exec_driver_sql("show search_path").scalar() == before
