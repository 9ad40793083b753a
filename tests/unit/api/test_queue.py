import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest
from procrastinate import Blueprint
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job

from api import queue
from api.queue import BACK_OFF, find_jobs, make_queue, serve_until_stopped


def make_blueprint() -> Blueprint:
    blueprint = Blueprint()

    @blueprint.task(name="bill")
    async def bill() -> None: ...

    return blueprint


def test_jobs_are_found_by_their_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in ("shop/jobs.py", "plain/app.py"):
        (tmp_path / path).parent.mkdir()
        (tmp_path / path).touch()
    blueprint = make_blueprint()
    monkeypatch.setattr(queue, "__file__", str(tmp_path / "queue.py"))
    monkeypatch.setitem(sys.modules, "api.shop.jobs", SimpleNamespace(JOBS=blueprint))
    assert find_jobs() == {"shop": blueprint}


def test_job_is_called_by_its_system() -> None:
    queues = make_queue("postgresql://", {"shop": make_blueprint(), "bank": make_blueprint()})
    assert {"shop:bill", "bank:bill"} <= queues.tasks.keys()


@pytest.mark.parametrize(("attempts", "wait_s"), [(0, 3), (1, 9), (2, 27), (3, None)])
def test_failed_job_waits_longer_each_time(attempts: int, wait_s: int | None) -> None:
    job = Job(id=1, queue="", lock=None, queueing_lock=None, task_name="bill", attempts=attempts)
    decision = BACK_OFF.get_retry_decision(exception=OSError(), job=job)
    if decision is None or decision.retry_at is None:
        assert wait_s is None
        return
    assert (decision.retry_at - datetime.now(UTC)).total_seconds() == pytest.approx(wait_s, abs=1)


class Server:
    """Fails with each error in turn, then serves until it is cancelled, and may fail as it ends."""

    def __init__(self, *errors: Exception, at_the_end: Exception | None = None) -> None:
        self.calls = 0
        self._errors = list(errors)
        self._at_the_end = at_the_end

    async def serve(self) -> None:
        self.calls += 1
        if self._errors:
            raise self._errors.pop(0)
        os.kill(os.getpid(), signal.SIGTERM)
        try:
            await asyncio.Event().wait()
        finally:
            if self._at_the_end is not None:
                raise self._at_the_end


def run(serve: Callable[[], Awaitable[None]]) -> None:
    async def run_bounded() -> None:
        async with asyncio.timeout(10) as bound:
            await serve_until_stopped(serve)
        assert not bound.expired()

    asyncio.run(run_bounded())


def test_lost_database_is_tried_again() -> None:
    server = Server(psycopg.OperationalError("gone"), psycopg.OperationalError("still gone"))
    run(server.serve)
    assert server.calls == 3


def test_forgotten_cancellation_is_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "CANCEL_AGAIN_S", 0.1)

    async def forget() -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        await asyncio.Event().wait()

    run(forget)


def test_database_that_fails_at_the_end_does_not_start_it_again() -> None:
    server = Server(at_the_end=psycopg.OperationalError("gone"))
    run(server.serve)
    assert server.calls == 1


def with_cause(cause: Exception) -> ConnectorException:
    error = ConnectorException("of the queue")
    error.__cause__ = cause
    return error


def test_queue_that_lost_its_database_is_opened_again() -> None:
    server = Server(with_cause(psycopg.OperationalError("gone")))
    run(server.serve)
    assert server.calls == 2


@pytest.mark.parametrize("error", [KeyError("a defect"), with_cause(psycopg.errors.UndefinedTable("no jobs"))])
def test_what_stays_wrong_ends_the_process(error: Exception) -> None:
    with pytest.raises(type(error)):
        run(Server(error).serve)
