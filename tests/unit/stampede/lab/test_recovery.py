from collections.abc import Iterator
from itertools import chain, repeat

import pytest

from stampede.errors import StampedeError
from stampede.lab import recovery
from stampede.lab.progress import Display
from stampede.lab.recovery import free_workers
from stampede.load.generator import Condition, Generator
from tests.unit.stampede.builders import make_suite

IDLE = Condition("one", "stopped", 0, {"a": "ready", "b": "ready"})
RUNNING = Condition("one", "running", 5, {"a": "running", "b": "running"})
STUCK = Condition("one", "stopped", 0, {"a": "ready", "b": "running"})
GHOSTS = Condition("one", "stopped", 5, {"a": "ready", "b": "ready"})
BY_HAND = Condition("ui-1", "spawning", 5, {"a": "running", "b": "running"})
LOST = Condition("one", "ready", 0, {"a": "ready", "b": "ready", "c": "missing"})
ALONE = Condition("one", "ready", 0, {"a": "ready"})


class Master(Generator):
    """Shows conditions one after the other, the last one for ever; a restart leaves both workers idle."""

    def __init__(self, *conditions: Condition | None, stops: bool = True) -> None:
        super().__init__("http://127.0.0.1:1")
        self._conditions: Iterator[Condition | None] = chain(conditions, repeat(conditions[-1]))
        self._stops = stops
        self.calls: list[str] = []

    def read_condition(self) -> Condition:
        condition = next(self._conditions)
        if condition is None:
            raise StampedeError("the master did not answer")
        return condition

    def stop(self, timeout_s: float = 0) -> None:
        self.calls.append("stop")
        if not self._stops:
            raise StampedeError("timed out")
        self._conditions = repeat(IDLE)

    def restart(self) -> None:
        self.calls.append("restart")
        self._conditions = chain([None, ALONE], repeat(IDLE))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery, "POLL_S", 0.001)
    monkeypatch.setattr(recovery, "READY_TIMEOUT_S", 0.02)


def free(master: Master) -> frozenset[str]:
    return free_workers(make_suite(), master, Display(lambda _: None))


@pytest.mark.parametrize("found", [IDLE, LOST])
def test_idle_workers_are_taken_as_they_are(found: Condition) -> None:
    master = Master(found)
    assert free(master) == {"a", "b"}
    assert master.calls == []


def test_load_without_referee_is_stopped() -> None:
    master = Master(RUNNING)
    assert free(master) == {"a", "b"}
    assert master.calls == ["stop"]


def test_load_that_does_not_stop_is_restarted() -> None:
    master = Master(RUNNING, stops=False)
    assert free(master) == {"a", "b"}
    assert master.calls == ["stop", "restart"]


@pytest.mark.parametrize("found", [STUCK, GHOSTS])
def test_workers_that_stay_busy_are_restarted(found: Condition) -> None:
    master = Master(found)
    assert free(master) == {"a", "b"}
    assert master.calls == ["restart"]


def test_workers_that_become_idle_are_waited_for() -> None:
    master = Master(STUCK, STUCK, IDLE)
    assert free(master) == {"a", "b"}
    assert master.calls == []


def test_run_of_the_web_ui_is_left_alone() -> None:
    master = Master(BY_HAND)
    with pytest.raises(StampedeError, match=r"Another run is going on \(spawning\)"):
        free(master)
    assert master.calls == []


def test_missing_worker_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery, "CONNECT_TIMEOUT_S", 0.02)
    with pytest.raises(StampedeError, match="Only 1 of 2 load generators"):
        free(Master(ALONE))
