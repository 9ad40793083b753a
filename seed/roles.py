"""The roles beside the owner (sql/roles.sql): their passwords, and their rights on a system's schema."""

from collections.abc import Mapping
from pathlib import Path
from typing import cast

import psycopg2.extensions
import sqlalchemy as sa

SQL_FOLDER = Path(__file__).resolve().parent.parent / "sql"
# The environment variable that holds each role's password.
PASSWORDS = {"api": "POSTGRES_API_PASSWORD", "referee": "POSTGRES_REFEREE_PASSWORD"}

# The default privileges are for tables that a seeder makes later.
GRANT_RIGHTS = """
grant usage on schema {schema} to api, referee;
grant select, insert, update, delete on all tables in schema {schema} to api;
grant usage on all sequences in schema {schema} to api;
grant select on all tables in schema {schema} to referee;
alter default privileges in schema {schema} grant select, insert, update, delete on tables to api;
alter default privileges in schema {schema} grant usage on sequences to api;
alter default privileges in schema {schema} grant select on tables to referee;
"""
LIST_SCHEMAS = "select system from stampede.worlds join pg_namespace on nspname = system"


def make_roles(connection: sa.Connection) -> None:
    """Make the roles and the schema `stampede`, or complete what is there."""
    for file in ("schema/stampede.sql", "roles.sql"):
        connection.exec_driver_sql((SQL_FOLDER / file).read_text())


def grant_rights(connection: sa.Connection, system: str) -> None:
    """Grant the roles their rights on a system's schema, which are lost when it is dropped."""
    connection.exec_driver_sql(GRANT_RIGHTS.format(schema=system))


def renew_roles(connection: sa.Connection, environment: Mapping[str, str]) -> None:
    """Make the roles, set the passwords that the environment has, and grant the rights on every world that is there.

    A role without a password cannot sign in.
    """
    make_roles(connection)
    for role, variable in PASSWORDS.items():
        if password := environment.get(variable):
            _set_password(connection, role, password)
    for system in connection.scalars(sa.text(LIST_SCHEMAS)).all():
        grant_rights(connection, system)


def _set_password(connection: sa.Connection, role: str, password: str) -> None:
    """The server is sent the hash: `pg_stat_statements` keeps the statement, and `referee` may read it."""
    driver = cast(psycopg2.extensions.connection, connection.connection.dbapi_connection)
    hashed = psycopg2.extensions.encrypt_password(password, role, driver, "scram-sha-256")
    connection.exec_driver_sql(f"alter role {role} password %s", (hashed,))
