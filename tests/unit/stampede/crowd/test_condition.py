import os
from types import SimpleNamespace
from typing import Any

import gevent
import pytest
from locust.rpc import Message
from locust.runners import WorkerRunner

from stampede.crowd.condition import POLL_S, SILENCE_S, Watchdog, describe_condition, return_at_once
from tests.unit.stampede.crowd.conftest import Start, answer


class Worker(SimpleNamespace):
    """As much of a worker's runner as the watchdog reads."""

    def register_message(self, kind: str, listener: Any) -> None:
        self.listeners[kind] = listener


def make_watchdog(**state: Any) -> tuple[Watchdog, Worker, list[str]]:
    ended: list[str] = []
    fields = {"state": "ready", "worker_state": "ready", "last_heartbeat_timestamp": 100.0, "listeners": {}}
    worker: Any = Worker(**{**fields, **state})
    return Watchdog(worker, lambda: ended.append("ended")), worker, ended


def poll(watchdog: Watchdog, seconds: float) -> None:
    for number in range(int(seconds / POLL_S)):
        watchdog.poll(100.0 + number * POLL_S)


def test_worker_ends_when_the_master_orders_it() -> None:
    _, worker, ended = make_watchdog()
    worker.listeners["stampede_restart"](None, None)
    assert ended == ["ended"]


def test_worker_of_a_silent_master_ends() -> None:
    watchdog, _, ended = make_watchdog()
    poll(watchdog, SILENCE_S)
    assert ended == []
    poll(watchdog, 2 * SILENCE_S)
    assert ended


@pytest.mark.parametrize("state", [{"state": "stopped", "worker_state": "running"}, {"last_heartbeat_timestamp": None}])
def test_worker_that_reads_nothing_is_spared(state: dict[str, Any]) -> None:
    watchdog, _, ended = make_watchdog(**state)
    poll(watchdog, 4 * SILENCE_S)
    assert ended == []


def test_condition_of_a_process_alone(start: Start) -> None:
    runner = start(answer(200, "{}")).environment.runner
    assert runner is not None
    assert describe_condition(runner, "one") == {"run_id": "one", "state": "ready", "users": 0, "workers": {}}


def test_stopped_worker_is_ready_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", dict(os.environ))
    waits: list[float] = []
    monkeypatch.setattr(gevent, "sleep", waits.append)
    sent: list[str] = []
    client = SimpleNamespace(send=lambda message: sent.append(message.type))
    environment = SimpleNamespace(stop_timeout=12.0)
    worker: Any = SimpleNamespace(client=client, client_id="one", environment=environment, stop=lambda: None)
    return_at_once()
    WorkerRunner.handle_message(worker, Message("stop", None, None))
    assert sent == ["client_stopped", "client_ready"]
    assert max(waits) <= 0
