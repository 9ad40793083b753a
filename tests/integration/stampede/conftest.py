from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from uuid import uuid4

import psycopg2
import pytest

from stampede.suite.model import Suite
from stampede.verify.checks import Connection
from stampede.verify.database import connect
from tests.conftest import Database, Lab
from tests.unit.stampede.conftest import clean_environment, repository

__all__ = ["clean_environment", "repository"]  # fixtures


@pytest.fixture
def connection(empty_database: Database) -> Iterator[Connection]:
    """A connection of the tool to a database without a table."""
    with closing(connect(empty_database.url)) as connection:
        yield connection


@pytest.fixture
def plain_role(lab: Lab) -> Iterator[Callable[[str], str]]:
    """A role without any grant, as a function from a database's URL to the role's own."""
    role = f"plain_{uuid4().hex}"
    with closing(psycopg2.connect(lab.settings.database_url)) as owner:
        owner.autocommit = True
        with owner.cursor() as cursor:
            cursor.execute(f"create role {role} login password 'plain'")
            yield lambda url: f"postgresql://{role}:plain@{url.rpartition('@')[2]}"
            cursor.execute(f"drop role {role}")


@pytest.fixture
def lab_suite(repository: Suite, lab: Lab) -> Suite:
    """The suite of this repository, for the stack that all tests of a session share."""
    assert repository.database
    target = replace(repository.target, url=lab.api_url)
    referee, owner = lab.settings.url_of("referee"), lab.settings.database_url
    database = replace(repository.database, url=referee, owner_url=owner)
    return replace(repository, target=target, database=database)
