"""The schema of the queue of jobs, in which procrastinate's tables are, of the version that is installed."""

from importlib.metadata import distribution

import sqlalchemy as sa

from seed.roles import grant_rights

PACKAGE = "procrastinate"
SCHEMA = "jobs"
FIND_SCHEMA = f"select to_regnamespace('{SCHEMA}')"
READ_VERSION = f"select obj_description(to_regnamespace('{SCHEMA}'), 'pg_namespace')"
# A request enqueues jobs over a connection that does not look for tables in this schema.
SET_SEARCH_PATHS = f"""
do $$
declare
    routine regprocedure;
begin
    for routine in select oid from pg_proc where pronamespace = to_regnamespace('{SCHEMA}') loop
        execute format('alter routine %%s set search_path = {SCHEMA}, pg_temp', routine);
    end loop;
end
$$
"""


def read_tables() -> str:
    """The statements that make the tables. The package is not imported: the seeder's image lacks its driver."""
    return str(distribution(PACKAGE).locate_file("procrastinate/sql/schema.sql").read_text())


def is_ours(connection: sa.Connection) -> bool:
    """Whether the schema is there and was made by this program."""
    return str(connection.exec_driver_sql(READ_VERSION).scalar()).startswith(f"{PACKAGE} ")


def make_queue(connection: sa.Connection) -> None:
    """Make the schema and grant the roles their rights on it. One of another version is replaced, with its jobs.

    Raises:
        ValueError: there is a schema of this name that this program did not make.
    """
    wanted = f"{PACKAGE} {distribution(PACKAGE).version}"
    if connection.exec_driver_sql(READ_VERSION).scalar() != wanted:
        if connection.exec_driver_sql(FIND_SCHEMA).scalar() is not None and not is_ours(connection):
            raise ValueError(
                f"The database has a schema {SCHEMA!r} that this program did not make, and its queue needs that name: "
                "rename the schema, or name another database."
            )
        connection.exec_driver_sql(f"drop schema if exists {SCHEMA} cascade")
        connection.exec_driver_sql(f"create schema {SCHEMA}")
        connection.exec_driver_sql(f"set local search_path = {SCHEMA}")
        connection.exec_driver_sql(read_tables().replace("%", "%%"))  # psycopg2 reads a % as a parameter
        connection.exec_driver_sql("set local search_path to default")
        connection.exec_driver_sql(SET_SEARCH_PATHS)
        connection.exec_driver_sql(f"comment on schema {SCHEMA} is '{wanted}'")
    grant_rights(connection, SCHEMA)
