"""Looks at every server of the stack while the load goes on, over the protocols that the referee speaks anyway."""

import threading
from contextlib import suppress
from types import TracebackType

import psycopg2
import redis

from stampede.errors import StampedeError
from stampede.generator import Generator
from stampede.settings import Settings
from stampede.statistics import Load
from stampede.target import Target
from stampede.usage import (
    COMPONENTS,
    Look,
    Usage,
    add_cpu,
    count_since,
    describe_component,
    describe_spread,
    read_processes,
)
from stampede.verification import connect

PERIOD_S = 0.5
LOOK_EVERY = 4  # a look at the servers costs them CPU, one at the sessions next to none
REDIS_TIMEOUT_S = 2.0
PATIENCE_S = 10.0

# Other roles' sessions are hidden from a role that may not read them all: no row then, and no wrong count.
COUNT_SESSIONS = """
select count(*) filter (where wait_event_type = 'Lock'), count(*), count(*) filter (where state = 'active')
from pg_stat_activity
where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()
having pg_has_role('pg_read_all_stats', 'usage')
"""

# The server reads its own /proc, so it may stand on another machine; a process may end while it is read.
READ_PROCESSES = """
select pg_read_file(format('/proc/%s/stat', pid), 0, 4096, true),
       pg_read_file(format('/proc/%s/status', pid), 0, 4096, true)
from (
    select pid from pg_stat_activity where pid <> pg_backend_pid()
    union all
    select split_part(pg_read_file('postmaster.pid'), e'\\n', 1)::int
) as processes
"""


class Sampler:
    """Looks from a thread of its own for as long as the block lasts: a slow answer must not hold up the run.

    Raises:
        StampedeError: the database does not answer when it is made.
    """

    def __init__(self, settings: Settings) -> None:
        self._target = Target(settings.target_url)
        self._generator = Generator(settings.locust_url)
        self._redis = redis.Redis.from_url(settings.redis_url, socket_timeout=REDIS_TIMEOUT_S)
        self._connection = connect(settings.database_url)
        self._connection.autocommit = True
        self._retries = self._target.count_retries()
        self._target_cpu_s: dict[str, float] = {}
        self._looks: dict[str, list[Look]] = {name: [] for name in COMPONENTS}
        self._sessions: list[tuple[int, int, int]] = []
        self._pools: list[tuple[float, float]] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Sampler":
        """Take the first look, from which CPU time counts."""
        self._look()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the last look, while nothing but the load has used the servers.

        A load that is broken off must be stopped at once: nobody waits for a look at a server that hangs then, and
        nobody waits for ever.
        """
        self._over.set()
        if error is not None:
            return
        self._thread.join(PATIENCE_S)
        if self._thread.is_alive():
            return
        self._look()
        self._connection.close()
        self._redis.close()

    def describe(self, load: Load | None) -> Usage:
        """What was used, after the load; the load generators' own CPU time is in their account of it."""
        self._look_at_target()  # it tells of itself once a second, so the end of the load is in no earlier look
        looks = {**self._looks, "locust": add_cpu(self._looks["locust"], load.cpu_s if load else None)}
        duration_s = load.duration_s if load else 0.0
        waiting, connections, active = ([look[part] for look in self._sessions] for part in range(3))
        in_use, in_line = ([look[part] for look in self._pools] for part in range(2))
        waiters = describe_spread(waiting)
        return Usage(
            retries=count_since(self._retries, self._target.count_retries()),
            lock_waiters=waiters.mean if waiters else None,
            components={name: describe_component(looks[name], duration_s) for name in COMPONENTS},
            connections=describe_spread(connections),
            connections_active=describe_spread(active),
            pool_in_use=describe_spread(in_use),
            pool_waiting=describe_spread(in_line),
        )

    def _watch(self) -> None:
        turn = 0
        while not self._over.wait(PERIOD_S):
            turn += 1
            self._count_sessions()
            if turn % LOOK_EVERY == 0:
                pool = self._look()
                self._pools += [pool] if pool else []

    def _look(self) -> tuple[float, float] | None:
        """Look at every server; the target's pool, in use and waiting. One that is gone is told by others."""
        with suppress(psycopg2.Error), self._connection.cursor() as cursor:
            cursor.execute(READ_PROCESSES)
            look = read_processes(cursor.fetchall())
            self._looks["postgres"] += [look] if look else []
        with suppress(redis.RedisError, KeyError):
            told = self._redis.info()
            cpu_s = told["used_cpu_sys"] + told["used_cpu_user"]
            self._looks["redis"].append(Look(cpu_s, told["used_memory_rss"]))
        with suppress(StampedeError):
            self._looks["locust"].append(self._generator.read_usage())
        return self._look_at_target()

    def _look_at_target(self) -> tuple[float, float] | None:
        told = self._target.read_usage()
        if told is None:
            return None
        self._target_cpu_s |= told.cpu_s  # what a process used stays used when it is gone
        self._looks["api"].append(Look(sum(self._target_cpu_s.values()), told.memory_bytes))
        return told.pool_in_use, told.pool_waiting

    def _count_sessions(self) -> None:
        with suppress(psycopg2.Error), self._connection.cursor() as cursor:
            cursor.execute(COUNT_SESSIONS)
            self._sessions += cursor.fetchall()
