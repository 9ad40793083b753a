"""What a run cost beside time: conflicts tried again, sessions waiting for locks, the database's CPU."""

from contextlib import suppress
from typing import Any

import psutil
import psycopg2

from stampede.settings import Settings
from stampede.target import Target
from stampede.verification import connect

COUNT_WAITERS = """
select count(*) from pg_stat_activity
where datname = current_database() and wait_event_type = 'Lock'
"""


class Usage:
    """Looks at the stack when made, at each `sample`, and at the end.

    Raises:
        StampedeError: the database does not answer when it is made.
    """

    def __init__(self, settings: Settings) -> None:
        self._target = Target(settings.target_url)
        self._pid_file = settings.state / "postgres" / "postmaster.pid"
        self._connection = connect(settings.database_url)
        self._connection.autocommit = True
        self._waiters: list[int] = []
        self._cpu_s: list[float] = []
        self._retries = self._target.count_retries()
        self.sample()

    def sample(self) -> None:
        """Look once more; a database that is gone is told by others."""
        with suppress(psycopg2.Error), self._connection.cursor() as cursor:
            cursor.execute(COUNT_WAITERS)
            row = cursor.fetchone()
            self._waiters += [row[0]] if row else []
        # A process takes its account along when it ends, so only what lives at both looks is counted.
        with suppress(psutil.Error, OSError, ValueError):
            server = psutil.Process(int(self._pid_file.read_text().split()[0]))
            spent = [process.cpu_times() for process in (server, *server.children())]
            self._cpu_s.append(sum(times.user + times.system for times in spent))

    def describe(self) -> dict[str, Any]:
        """`retries`, `lock_waiters` (sessions, mean of the looks), `database_cpu_s` (None where it cannot be seen)."""
        self.sample()
        with suppress(psycopg2.Error):
            self._connection.close()
        return {
            "retries": self._target.count_retries() - self._retries,
            "lock_waiters": sum(self._waiters) / len(self._waiters) if self._waiters else None,
            "database_cpu_s": max(self._cpu_s) - self._cpu_s[0] if self._cpu_s else None,
        }
