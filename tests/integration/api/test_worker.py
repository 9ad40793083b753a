import signal
import time
from pathlib import Path

import pytest

from api.worker import CONCURRENCY, STOP_TIMEOUT_S
from seed.roles import PASSWORDS
from seed.world import prepare_roles
from tests.conftest import Database, Lab, wait_until
from tests.integration.api.queueing import Queue, running

OURS = ("tests.integration.api.queueing", "worker")
FIRST_WAIT_S = 3
LONG_S = 60
END_SESSIONS = """
select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database() and usename = 'api'
"""

COUNT_SESSIONS = """
select count(*) from pg_stat_activity where datname = current_database() and usename = 'api'
"""


@pytest.fixture
def database(lab: Lab, empty_database: Database) -> Database:
    prepare_roles(empty_database.engine, dict.fromkeys(PASSWORDS.values(), lab.settings.password))
    return empty_database


@pytest.fixture
def queue(database: Database) -> Queue:
    return Queue(database)


@pytest.fixture
def told(tmp_path: Path) -> Path:
    """The file that jobs write to."""
    path = tmp_path / "told"
    path.touch()
    return path


def lines(told: Path) -> list[str]:
    return told.read_text().splitlines()


@pytest.mark.parametrize(
    ("module", "sentence"),
    [("api.worker", "No system has jobs."), ("api.scheduler", "No system has periodic jobs.")],
)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_process_without_jobs_waits_to_be_stopped(
    lab: Lab, database: Database, tmp_path: Path, module: str, sentence: str, number: int
) -> None:
    with running(lab, database, tmp_path, module) as process:
        assert process.says(sentence)
        time.sleep(1)
        assert process.stop(number) == 0
        assert not process.says("Traceback")


def test_job_is_run_with_the_parts_of_the_target(lab: Lab, queue: Queue, tmp_path: Path, told: Path) -> None:
    with running(lab, queue.database, tmp_path, *OURS):
        queue.enqueue("look", path=str(told))
        wait_until(lambda: queue.jobs() == [("test:look", "succeeded", 1)])
    assert lines(told) == ["api 4"]


def test_so_many_jobs_run_at_once(lab: Lab, queue: Queue, tmp_path: Path, told: Path) -> None:
    for _ in range(CONCURRENCY + 2):
        queue.enqueue("wait", path=str(told), delay_s=2)
    with running(lab, queue.database, tmp_path, *OURS):
        wait_until(lambda: len(lines(told)) == 2 * (CONCURRENCY + 2))
    assert lines(told)[: CONCURRENCY + 1] == ["began"] * CONCURRENCY + ["ended"]


def test_failed_job_is_retried_later(lab: Lab, queue: Queue, tmp_path: Path, told: Path) -> None:
    queue.enqueue("fail", path=str(told))
    with running(lab, queue.database, tmp_path, *OURS):
        wait_until(lambda: queue.jobs() == [("test:fail", "todo", 1)])
        wait_until(lambda: queue.jobs() == [("test:fail", "todo", 2)])
    first, second = map(float, lines(told))
    assert second - first >= FIRST_WAIT_S


def test_job_under_way_ends_before_the_worker(lab: Lab, queue: Queue, tmp_path: Path, told: Path) -> None:
    queue.enqueue("wait", path=str(told), delay_s=2)
    with running(lab, queue.database, tmp_path, *OURS) as process:
        wait_until(lambda: lines(told) == ["began"])
        assert process.stop() == 0
    assert lines(told) == ["began", "ended"]
    assert queue.jobs() == [("test:wait", "succeeded", 1)]


def test_job_that_takes_too_long_is_left_to_the_next_worker(lab: Lab, queue: Queue, tmp_path: Path, told: Path) -> None:
    queue.enqueue("wait", path=str(told), delay_s=LONG_S)
    with running(lab, queue.database, tmp_path, *OURS) as process:
        wait_until(lambda: lines(told) == ["began"])
        before = time.monotonic()
        assert process.stop() == 0
        assert STOP_TIMEOUT_S <= time.monotonic() - before < LONG_S / 2
    assert lines(told) == ["began"]
    assert queue.jobs() == [("test:wait", "todo", 1)]


def allow(database: Database, connect: str) -> None:
    with database.engine.begin() as connection:
        connection.exec_driver_sql(f"{connect} public")


def test_worker_outlives_the_end_of_its_sessions(lab: Lab, queue: Queue, tmp_path: Path, told: Path) -> None:
    with running(lab, queue.database, tmp_path, *OURS) as process:
        assert queue.read(END_SESSIONS) > 0
        queue.enqueue("look", path=str(told))
        wait_until(lambda: queue.jobs() == [("test:look", "succeeded", 1)])
        assert process.stop() == 0


def test_worker_outlives_a_lost_database(lab: Lab, queue: Queue, tmp_path: Path, told: Path) -> None:
    name = queue.database.name
    with running(lab, queue.database, tmp_path, *OURS) as process:
        allow(queue.database, f'revoke connect on database "{name}" from')
        assert queue.read(END_SESSIONS) > 0
        wait_until(lambda: process.says("trying again"))
        allow(queue.database, f'grant connect on database "{name}" to')
        queue.enqueue("look", path=str(told))
        wait_until(lambda: queue.jobs() == [("test:look", "succeeded", 1)])
        assert process.stop() == 0


@pytest.mark.parametrize("module", ["api.worker", "api.scheduler"])
def test_process_without_jobs_connects_again(lab: Lab, queue: Queue, tmp_path: Path, module: str) -> None:
    with running(lab, queue.database, tmp_path, module) as process:
        assert queue.read(END_SESSIONS) > 0
        wait_until(lambda: queue.read(COUNT_SESSIONS) > 0)
        assert process.stop() == 0


def test_only_the_scheduler_enqueues_periodic_jobs(lab: Lab, queue: Queue, tmp_path: Path) -> None:
    with running(lab, queue.database, tmp_path, *OURS):
        time.sleep(2.5)
    assert queue.jobs() == []
    with running(lab, queue.database, tmp_path, OURS[0], "scheduler") as process:
        assert process.says("Periodic jobs: test:tick.")
        wait_until(lambda: len(queue.jobs()) >= 2)
        assert process.stop() == 0
    assert set(queue.jobs()) == {("test:tick", "todo", 0)}
