from contextlib import closing

import psycopg2
import pytest

from stampede.errors import StampedeError
from stampede.faults.sessions import terminate_one
from tests.conftest import Database, Lab


def test_session_of_a_client_is_ended(empty_database: Database) -> None:
    with closing(psycopg2.connect(empty_database.url)) as client, client.cursor() as cursor:
        cursor.execute("select 1")
        terminate_one(empty_database.url)
        with pytest.raises(psycopg2.OperationalError):
            cursor.execute("select 1")


def test_referee_ends_a_session_of_the_target(lab: Lab, empty_database: Database) -> None:
    """Also while an administrator, whose session it may not end, looks on."""
    with (
        closing(psycopg2.connect(empty_database.url)),
        closing(psycopg2.connect(lab.settings.url_of("api", empty_database.name))) as client,
        client.cursor() as cursor,
    ):
        terminate_one(lab.settings.url_of("referee", empty_database.name))
        with pytest.raises(psycopg2.OperationalError):
            cursor.execute("select 1")


def test_database_without_clients_is_an_error(empty_database: Database) -> None:
    with (
        closing(psycopg2.connect(empty_database.url, application_name="stampede")),
        pytest.raises(StampedeError, match="no session of another client"),
    ):
        terminate_one(empty_database.url)


def test_role_that_may_not_end_sessions_is_told_so(empty_database: Database) -> None:
    with closing(psycopg2.connect(empty_database.url)) as owner, owner.cursor() as cursor:
        cursor.execute("create role visitor login password 'visitor'")
        owner.commit()
        try:
            url = empty_database.url.replace(empty_database.url.split("//")[1].split("@")[0], "visitor:visitor")
            with pytest.raises(StampedeError, match="permission denied"):
                terminate_one(url)
        finally:
            cursor.execute("drop role visitor")
            owner.commit()
