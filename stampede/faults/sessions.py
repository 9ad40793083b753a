"""Ends sessions of the target's database, as a failing network or an administrator would."""

from contextlib import closing

import psycopg2

from stampede.errors import StampedeError
from stampede.verify.checks import first_line
from stampede.verify.database import connect

# One at work comes first: to end an idle one shows little. A superuser's comes last: it is an administrator's, and
# pg_signal_backend does not suffice to end it. The tool's own sessions are spared. A role that may not look at others
# sees nulls; to end these fails and says why.
TERMINATE = """
select pg_terminate_backend(pid) from pg_stat_activity left join pg_roles on rolname = usename
where datname = current_database() and pid <> pg_backend_pid()
  and coalesce(backend_type, 'client backend') = 'client backend'
  and application_name is distinct from 'stampede'
order by rolsuper, state = 'active' desc, random()
limit 1
"""


def terminate_one(database_url: str) -> None:
    """End one session of another client.

    Raises:
        StampedeError: there is none, this role may not end it, or the database does not answer.
    """
    with closing(connect(database_url)) as connection:
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                cursor.execute(TERMINATE)
                ended = cursor.fetchone()
        except psycopg2.Error as error:
            raise StampedeError(first_line(error)) from None
    if ended != (True,):
        raise StampedeError("the database had no session of another client")
