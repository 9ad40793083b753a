"""The environment of a run, so that its figures can be compared with those of others."""

import os
import platform
from importlib.metadata import version
from typing import Any

import psutil
import psycopg2

from stampede.observe.limits import CGROUP, read_limits, sum_limits
from stampede.suite.model import Suite

CONNECT_TIMEOUT_S = 5
READ_SETTINGS = """
select name, setting from pg_settings
where name in ('server_version', 'fsync', 'synchronous_commit', 'full_page_writes', 'max_connections', 'shared_buffers')
"""


def describe_environment(suite: Suite, health: dict[str, Any]) -> dict[str, Any]:
    """Machine, versions, the database's settings, and the target's health answer."""
    settings = suite.settings
    # A container's own control group bounds no other container.
    bounds = (settings.container_cpus, settings.container_memory) if settings.stack == "compose" else None
    return {
        "machine": platform.machine(),
        "system": platform.platform(),
        "cores": os.cpu_count(),
        "memory_bytes": psutil.virtual_memory().total,
        "limits": sum_limits(*bounds) if bounds else read_limits(CGROUP),
        "python": platform.python_version(),
        "locust": version("locust"),
        "database": _read_database(suite.database.url) if suite.database else {},
        "target": health,
    }


def _read_database(database_url: str) -> dict[str, str]:
    try:
        connection = psycopg2.connect(database_url, connect_timeout=CONNECT_TIMEOUT_S)
    except psycopg2.Error:
        return {}
    try:
        with connection.cursor() as cursor:
            cursor.execute(READ_SETTINGS)
            return dict(cursor.fetchall())
    except psycopg2.Error:
        return {}
    finally:
        connection.close()
