import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from uuid import uuid4

import psutil
import psycopg2
import pytest

from stampede.sampler import Sampler
from stampede.settings import Settings
from stampede.usage import Component
from tests.conftest import Lab
from tests.unit.stampede.test_verdict import LOAD

UNSEEN = Component(None, None, None)
WORK = "select count(*) from generate_series(1, 3000000)"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Postgres reads /proc")


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stampede.sampler.PERIOD_S", 0.01)


@pytest.fixture
def plain_settings(lab: Lab) -> Iterator[Settings]:
    """The lab as a role sees it that may not look at others."""
    role = f"plain_{uuid4().hex}"
    address = lab.settings.database_url.rpartition("@")[2]
    with closing(psycopg2.connect(lab.settings.database_url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f"create role {role} login password 'plain'")
            yield lab.settings.model_copy(update={"database_url": f"postgresql://{role}:plain@{address}"})
            cursor.execute(f"drop role {role}")


def work(url: str) -> None:
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(WORK)
        backend = connection.get_backend_pid()
    # It ends after its client has left; only then has its parent its CPU time.
    deadline = time.monotonic() + 10
    while psutil.pid_exists(backend) and time.monotonic() < deadline:
        time.sleep(0.01)


def test_every_server_that_answers_is_seen(lab: Lab) -> None:
    with Sampler(lab.settings) as sampler:
        work(lab.settings.database_url)
    usage = sampler.describe(LOAD)
    for name in ("api", "postgres", "redis"):
        component = usage.components[name]
        assert component.cpu_s is not None
        assert component.cpu_cores == component.cpu_s / LOAD.duration_s
        assert component.memory_bytes is not None
        assert 10**6 < component.memory_bytes < 10**10
    assert usage.components["locust"] == UNSEEN  # none runs here
    assert usage.connections is not None
    assert usage.connections.max >= usage.connections.mean >= 1
    assert usage.connections_active is not None
    assert usage.connections_active.max >= 1
    assert usage.pool_in_use is not None
    assert usage.pool_waiting is not None
    assert usage.lock_waiters == 0


def test_backend_that_ended_before_the_last_look_has_used_its_cpu(lab: Lab) -> None:
    with Sampler(lab.settings) as sampler:
        work(lab.settings.database_url)
    cpu_s = sampler.describe(LOAD).components["postgres"].cpu_s
    assert cpu_s is not None
    assert cpu_s > 0.05


def test_session_that_waits_for_a_lock_is_counted(lab: Lab) -> None:
    lock = f"select pg_advisory_xact_lock({uuid4().int % 2**62})"
    with (
        closing(psycopg2.connect(lab.settings.database_url)) as holder,
        closing(psycopg2.connect(lab.settings.database_url)) as waiter,
    ):
        holder.cursor().execute(lock)
        waiting = threading.Thread(target=lambda: waiter.cursor().execute(lock))
        with Sampler(lab.settings) as sampler:
            waiting.start()
            waiting.join(0.5)
        holder.rollback()
        waiting.join()
    waiters = sampler.describe(LOAD).lock_waiters
    assert waiters is not None
    assert 0 < waiters <= 1


def test_role_that_may_not_read_sees_nothing_and_does_no_harm(plain_settings: Settings) -> None:
    with Sampler(plain_settings) as sampler:
        work(plain_settings.database_url)
    usage = sampler.describe(LOAD)
    assert usage.components["postgres"] == UNSEEN
    assert (usage.connections, usage.connections_active, usage.lock_waiters) == (None, None, None)
    assert usage.components["redis"] != UNSEEN


def test_server_that_does_not_answer_is_not_known(lab: Lab) -> None:
    nowhere = "127.0.0.1:1"
    settings = lab.settings.model_copy(
        update={
            "target_url": f"http://{nowhere}",
            "redis_url": f"redis://{nowhere}/0",
            "locust_url": f"http://{nowhere}",
        }
    )
    with Sampler(settings) as sampler:
        work(settings.database_url)
    usage = sampler.describe(None)
    assert [usage.components[name] for name in ("api", "redis", "locust")] == [UNSEEN] * 3
    assert (usage.pool_in_use, usage.pool_waiting) == (None, None)
    assert usage.components["postgres"].cpu_s is not None
