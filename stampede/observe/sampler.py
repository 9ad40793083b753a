"""Samples every component while the load runs: the target's metrics, the database's sessions, the load generators."""

import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType

import psycopg2

from stampede.errors import StampedeError
from stampede.load.generator import Generator
from stampede.load.statistics import Load
from stampede.observe.series import SeriesKeeper
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
from stampede.suite.thresholds import DATABASE, GENERATORS

PERIOD_S = 0.5
SAMPLE_EVERY = 4  # a sample of the components costs them CPU, one of the sessions next to none
AGAIN, AGAIN_AFTER_S = 10, 0.05
CONNECT_TIMEOUT_S = 5
JOIN_TIMEOUT_S = 10.0

# Other roles' sessions are hidden from a role that may not read them: no row then, rather than a wrong count.
COUNT_SESSIONS = """
select count(*) filter (where wait_event_type = 'Lock'), count(*), count(*) filter (where state = 'active')
from pg_stat_activity
where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()
having pg_has_role('pg_read_all_stats', 'usage')
"""

# The server reads its own /proc, so it may stand on another machine; a process may end while it is read. The role needs
# pg_read_server_files; a suite whose role lacks it names another query.
READ_PROCESSES = """
select pg_read_file(format('/proc/%s/stat', pid), 0, 4096, true),
       pg_read_file(format('/proc/%s/status', pid), 0, 4096, true)
from (
    select pid from pg_stat_activity where pid <> pg_backend_pid()
    union all
    select split_part(pg_read_file('postmaster.pid'), e'\\n', 1)::int
) as processes
"""


def _connect(url: str) -> psycopg2.extensions.connection:
    connection = psycopg2.connect(url, connect_timeout=CONNECT_TIMEOUT_S, application_name="stampede")
    connection.autocommit = True
    return connection


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
            self._connection = _connect(suite.database.url)
        self._counters = self._read_counters(self._target.read_samples())
        self._latest = dict(self._counters)
        self._restarted: set[str] = set()
        self._cpu_s: dict[str, dict[str, float]] = {}
        self._samples: dict[str, list[Sample]] = {}
        self._series = SeriesKeeper()
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
        self._note_restarts(after)
        duration_s = load.total_s if load else 0.0
        return Usage(
            lock_waiters=waiters.mean if waiters else None,
            components={name: describe_component(samples.get(name, []), duration_s) for name in names},
            connections=describe_spread(connections),
            connections_active=describe_spread(active),
            gauges={label: describe_spread(values) for label, values in self._gauges.items()},
            counters={
                label: None if label in self._restarted else count_since(value, after[label])
                for label, value in self._counters.items()
            },
        )

    def list_series(self) -> dict[str, list[tuple[float, float]]]:
        """Every figure that was sampled, with its times (unix seconds)."""
        return self._series.values

    def _read_counters(self, samples: Samples) -> Mapping[str, float | None]:
        return {label: add_up(samples, [metric]) for label, metric in self._suite.target.counters.items()}

    def _note_restarts(self, counters: Mapping[str, float | None]) -> None:
        """A counter that fell began anew with its process: its increase over the run is not known."""
        for label, value in counters.items():
            latest = self._latest[label]
            if value is not None:
                if latest is not None and value < latest:
                    self._restarted.add(label)
                self._latest[label] = value

    def _sample_until_over(self) -> None:
        turn = 0
        while not self._over.wait(PERIOD_S):
            turn += 1
            self._count_sessions()
            if turn % SAMPLE_EVERY == 0:
                self._sample()

    def _sample(self) -> None:
        """Sample every component; one that does not answer is left out."""
        self._sample_database()
        with suppress(StampedeError):
            usage = self._generator.read_usage()
            self._keep(GENERATORS, Sample(usage.cpu_s, usage.memory_bytes))
        samples = self._target.read_samples()
        self._sample_target(samples)
        self._note_restarts(self._read_counters(samples))
        for label, metric in self._suite.target.gauges.items():
            if (value := add_up(samples, [metric])) is not None:
                self._gauges[label].append(value)
                self._series.add(f"gauge {label}", value)

    def _sample_database(self) -> None:
        """Sample the server; again where its CPU time fell, unless it was restarted.

        The CPU time of a process that has just ended is nowhere until its parent has taken note of the end.
        """
        before_s = max((sample.cpu_s for sample in self._samples.get(DATABASE, [])[-1:]), default=0.0)
        sample = self._read_database()
        for _ in range(AGAIN):
            if sample is None or sample.cpu_s >= before_s:
                break
            time.sleep(AGAIN_AFTER_S)
            sample = self._read_database() or sample
        if sample is not None:
            self._keep(DATABASE, sample)

    def _read_database(self) -> Sample | None:
        if not self._connection or not self._suite.database:
            return None
        with suppress(psycopg2.Error), self._connection.cursor() as cursor:
            cursor.execute(self._suite.database.processes or READ_PROCESSES)
            return read_processes(cursor.fetchall())
        return None

    def _keep(self, component: str, sample: Sample) -> None:
        self._samples.setdefault(component, []).append(sample)
        self._series.add_sample(component, sample)

    def _sample_target(self, samples: Samples) -> None:
        for name, usage in self._suite.target.usage.items():
            cpu_s = {str(sample.labels): sample.value for sample in select(samples, usage.cpu_s)}
            memory = add_up(samples, [usage.memory_bytes])
            if cpu_s:
                # The CPU time of a process stays used after its end.
                known = self._cpu_s.setdefault(name, {})
                known |= cpu_s
                self._keep(name, Sample(sum(known.values()), None if memory is None else int(memory)))

    def _reconnect(self) -> None:
        """A database that was killed comes back, and the samples go on."""
        if self._connection and self._connection.closed and self._suite.database:
            with suppress(psycopg2.Error):
                self._connection = _connect(self._suite.database.url)

    def _count_sessions(self) -> None:
        self._reconnect()
        if self._connection:
            with suppress(psycopg2.Error), self._connection.cursor() as cursor:
                cursor.execute(COUNT_SESSIONS)
                rows = cursor.fetchall()
                self._sessions += rows
                for row in rows:
                    self._series.add_sessions(*row)
