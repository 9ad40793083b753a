import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from uuid import uuid4

import psutil
import psycopg2
import pytest

from stampede.load.generator import Generator
from stampede.observe.sampler import Sampler
from stampede.observe.usage import Component, Usage
from stampede.suite.model import Database, Suite, Target
from tests.unit.stampede.builders import LOAD, make_suite

NOWHERE = "http://127.0.0.1:1"
UNSEEN = Component(None, None, None)
WORK = "select count(*) from generate_series(1, 3000000)"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Postgres reads /proc")


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stampede.observe.sampler.PERIOD_S", 0.01)


def url_of(suite: Suite) -> str:
    assert suite.database
    return suite.database.url


def work(url: str) -> None:
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(WORK)
        backend = connection.get_backend_pid()
    # It ends after its client has left; only then has its parent its CPU time.
    deadline = time.monotonic() + 10
    while psutil.pid_exists(backend) and time.monotonic() < deadline:
        time.sleep(0.01)


def sample(suite: Suite, use: Callable[[], None]) -> Usage:
    """The usage of a run in which only `use` happens; no load generator runs."""
    with Sampler(suite, Generator(NOWHERE)) as sampler:
        use()
    return sampler.describe(LOAD)


def test_every_component_that_answers_is_sampled(lab_suite: Suite) -> None:
    usage = sample(lab_suite, lambda: work(url_of(lab_suite)))
    assert usage.components.keys() == {"api", "redis", "database", "locust"}
    for name in ("api", "database", "redis"):
        component = usage.components[name]
        assert component.cpu_s is not None
        assert component.cpu_cores == component.cpu_s / LOAD.total_s
        assert component.memory_bytes is not None
        assert 10**6 < component.memory_bytes < 10**10
    assert usage.components["locust"] == UNSEEN
    assert usage.connections is not None
    assert usage.connections.max >= usage.connections.mean >= 1
    assert usage.connections_active is not None
    assert usage.connections_active.max >= 1
    assert usage.lock_waiters == 0


def test_metrics_bear_the_suites_labels(lab_suite: Suite) -> None:
    target = replace(
        lab_suite.target,
        gauges={"pool": "api_pool_in_use", "no such": "nothing"},
        counters={"hits": "api_cache_total{result=hit}", "no such": "nothing"},
    )
    usage = sample(replace(lab_suite, target=target), lambda: None)
    assert usage.gauges.keys() == {"pool", "no such"}
    assert usage.gauges["pool"] is not None
    assert usage.gauges["no such"] is None
    assert usage.counters["no such"] is None


def test_ended_backend_has_used_its_cpu(lab_suite: Suite) -> None:
    cpu_s = sample(lab_suite, lambda: work(url_of(lab_suite))).components["database"].cpu_s
    assert cpu_s is not None
    assert cpu_s > 0.05


def test_session_that_waits_for_a_lock_is_counted(lab_suite: Suite) -> None:
    lock = f"select pg_advisory_xact_lock({uuid4().int % 2**62})"
    with (
        closing(psycopg2.connect(url_of(lab_suite))) as holder,
        closing(psycopg2.connect(url_of(lab_suite))) as waiter,
    ):
        holder.cursor().execute(lock)
        waiting = threading.Thread(target=lambda: waiter.cursor().execute(lock))

        def wait() -> None:
            waiting.start()
            waiting.join(0.5)

        waiters = sample(lab_suite, wait).lock_waiters
        holder.rollback()
        waiting.join()
    assert waiters is not None
    assert 0 < waiters <= 1


def test_role_without_grants_sees_nothing(lab_suite: Suite, plain_role: Callable[[str], str]) -> None:
    url = plain_role(url_of(lab_suite))
    usage = sample(replace(lab_suite, database=Database(url)), lambda: work(url))
    assert usage.components["database"] == UNSEEN
    assert (usage.connections, usage.connections_active, usage.lock_waiters) == (None, None, None)
    assert usage.components["redis"] != UNSEEN


def test_silent_target_is_unknown(lab_suite: Suite) -> None:
    silent = replace(lab_suite, target=replace(lab_suite.target, url=NOWHERE))
    usage = sample(silent, lambda: work(url_of(lab_suite)))
    assert [usage.components[name] for name in ("api", "redis")] == [UNSEEN] * 2
    assert {*usage.gauges.values(), *usage.counters.values()} == {None}
    assert usage.components["database"].cpu_s is not None


def test_suite_without_database_has_no_sessions() -> None:
    usage = sample(make_suite(target=Target(NOWHERE)), lambda: None)
    assert usage.components == {"locust": UNSEEN}
    assert (usage.connections, usage.lock_waiters) == (None, None)
