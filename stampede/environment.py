"""On what a run was made, so that its figures can be compared with others."""

import os
import platform
from importlib.metadata import version
from typing import Any

import psutil
import psycopg2

from stampede.errors import StampedeError
from stampede.verification import connect

READ_SETTINGS = """
select name, setting from pg_settings
where name in ('server_version', 'fsync', 'synchronous_commit', 'full_page_writes', 'max_connections', 'shared_buffers')
"""


def describe_environment(database_url: str, readiness: dict[str, Any]) -> dict[str, Any]:
    """Machine, versions, the database's settings and the target's own account of itself."""
    return {
        "machine": platform.machine(),
        "system": platform.platform(),
        "cores": os.cpu_count(),
        "memory_bytes": psutil.virtual_memory().total,
        "python": platform.python_version(),
        "locust": version("locust"),
        "database": _read_database(database_url),
        "target": readiness,
    }


def _read_database(database_url: str) -> dict[str, str]:
    try:
        connection = connect(database_url)
    except StampedeError:
        return {}
    try:
        with connection.cursor() as cursor:
            cursor.execute(READ_SETTINGS)
            return dict(cursor.fetchall())
    except psycopg2.Error:
        return {}
    finally:
        connection.close()
