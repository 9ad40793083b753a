"""Samples every component while the load runs: the target's metrics, the database's sessions, the load generators."""

import threading
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType

import psycopg2

from stampede.errors import StampedeError
from stampede.load.generator import Generator
from stampede.load.statistics import Load
from stampede.observe.target import Samples, TargetClient, add_up, select
from stampede.observe.usage import (
    Sample,
    Usage,
    add_cpu,
    count_since,
    describe_component,
    describe_spread,
    read_processes,
)
from stampede.suite.model import Suite

PERIOD_S = 0.5
SAMPLE_EVERY = 4  # a sample of the components costs them CPU, one of the sessions next to none
CONNECT_TIMEOUT_S = 5
JOIN_TIMEOUT_S = 10.0
DATABASE, GENERATORS = "database", "locust"

# Other roles' sessions are hidden from a role that may not read them: no row then, rather than a wrong count.
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
    """Samples from a thread of its own for as long as the block lasts: a slow answer must not delay the run.

    Raises:
        psycopg2.OperationalError: the database does not answer when it is made.
    """

    def __init__(self, suite: Suite, generator: Generator) -> None:
        self._suite = suite
        self._target = TargetClient(suite)
        self._generator = generator
        self._connection = None
        if suite.database:
            self._connection = psycopg2.connect(suite.database.url, connect_timeout=CONNECT_TIMEOUT_S)
            self._connection.autocommit = True
        self._counters = self._read_counters(self._target.read_samples())
        self._cpu_s: dict[str, dict[str, float]] = {}
        self._samples: dict[str, list[Sample]] = {}
        self._sessions: list[tuple[int, int, int]] = []
        self._gauges: dict[str, list[float]] = {label: [] for label in suite.target.gauges}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._sample_until_over, daemon=True)

    def __enter__(self) -> "Sampler":
        """Take the first sample, from which CPU time counts."""
        self._sample()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the last sample, while nothing but the load has used the components.

        After an error no sample is waited for: the component may hang, and the load must be stopped at once.
        """
        self._over.set()
        if error is not None:
            return
        self._thread.join(JOIN_TIMEOUT_S)
        if not self._thread.is_alive():
            self._sample()
            if self._connection:
                self._connection.close()

    def describe(self, load: Load | None) -> Usage:
        """The usage over the load; the load generators report their own CPU time in it."""
        last = self._target.read_samples()  # gauges may be a second old, so the end of the load is in no earlier one
        self._sample_target(last)
        generators = add_cpu(self._samples.get(GENERATORS, []), load.cpu_s if load else None)
        samples = {**self._samples, GENERATORS: generators}
        names = [*self._suite.target.usage, *([DATABASE] if self._connection else []), GENERATORS]
        waiting, connections, active = ([row[part] for row in self._sessions] for part in range(3))
        waiters = describe_spread(waiting)
        after = self._read_counters(last)
        duration_s = load.duration_s if load else 0.0
        return Usage(
            lock_waiters=waiters.mean if waiters else None,
            components={name: describe_component(samples.get(name, []), duration_s) for name in names},
            connections=describe_spread(connections),
            connections_active=describe_spread(active),
            gauges={label: describe_spread(values) for label, values in self._gauges.items()},
            counters={label: count_since(value, after[label]) for label, value in self._counters.items()},
        )

    def _read_counters(self, samples: Samples) -> Mapping[str, float | None]:
        return {label: add_up(samples, [metric]) for label, metric in self._suite.target.counters.items()}

    def _sample_until_over(self) -> None:
        turn = 0
        while not self._over.wait(PERIOD_S):
            turn += 1
            self._count_sessions()
            if turn % SAMPLE_EVERY == 0:
                self._sample()

    def _sample(self) -> None:
        """Sample every component; one that does not answer is left out."""
        if self._connection:
            with suppress(psycopg2.Error), self._connection.cursor() as cursor:
                cursor.execute(READ_PROCESSES)
                if sample := read_processes(cursor.fetchall()):
                    self._keep(DATABASE, sample)
        with suppress(StampedeError):
            usage = self._generator.read_usage()
            self._keep(GENERATORS, Sample(usage.cpu_s, usage.memory_bytes))
        samples = self._target.read_samples()
        self._sample_target(samples)
        for label, metric in self._suite.target.gauges.items():
            if (value := add_up(samples, [metric])) is not None:
                self._gauges[label].append(value)

    def _keep(self, component: str, sample: Sample) -> None:
        self._samples.setdefault(component, []).append(sample)

    def _sample_target(self, samples: Samples) -> None:
        for name, usage in self._suite.target.usage.items():
            cpu_s = {str(sample.labels): sample.value for sample in select(samples, usage.cpu_s)}
            memory = add_up(samples, [usage.memory_bytes])
            if cpu_s:
                # The CPU time of a process stays used after its end.
                known = self._cpu_s.setdefault(name, {})
                known |= cpu_s
                self._keep(name, Sample(sum(known.values()), None if memory is None else int(memory)))

    def _count_sessions(self) -> None:
        if self._connection:
            with suppress(psycopg2.Error), self._connection.cursor() as cursor:
                cursor.execute(COUNT_SESSIONS)
                self._sessions += cursor.fetchall()
