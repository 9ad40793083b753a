import threading
import time
from collections.abc import Callable

import pytest

from stampede.errors import StampedeError
from stampede.faults.injector import Injector
from stampede.faults.step import Step
from stampede.suite.fault import parse_fault

PATIENCE_S = 10


def fail() -> None:
    raise StampedeError("no server")


def blunder() -> None:
    raise KeyError("x")


def run_until(injector: Injector, is_done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    with injector.running():
        while not is_done() and time.monotonic() < deadline:
            time.sleep(0.01)


def test_due_fault_is_injected_once() -> None:
    notes: list[str] = []
    injector = Injector({parse_fault("restart it at 0s"): Step(lambda: notes.append("begin"))})
    run_until(injector, lambda: bool(notes))
    assert notes == ["begin"]
    assert injector.list_troubles() == []
    [injection] = injector.list_injections()
    assert injection.fault == "restart it at 0s"
    assert len(injection.spans) == 1


def test_repeated_fault_is_injected_again() -> None:
    notes: list[str] = []
    injector = Injector({parse_fault("restart it every 0.05s"): Step(lambda: notes.append("begin"))})
    run_until(injector, lambda: len(notes) > 1)
    assert len(injector.list_injections()[0].spans) > 1


def test_fault_has_its_timeout_to_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stampede.faults.injector.JOIN_TIMEOUT_S", 0.1)
    begun = threading.Event()

    def begin() -> None:
        begun.set()
        time.sleep(1)

    injector = Injector({parse_fault("restart it at 0s"): Step(begin)}, timeout_s=PATIENCE_S)
    run_until(injector, begun.is_set)
    assert len(injector.list_injections()[0].spans) == 1


def test_fault_that_never_came_due_is_missed() -> None:
    injector = Injector({parse_fault("restart it at 60s"): Step(fail)})
    run_until(injector, lambda: True)
    assert injector.list_troubles() == ["the fault 'restart it at 60s' was never injected"]
    assert injector.list_injections()[0].spans == ()


def test_failing_fault_is_told() -> None:
    injector = Injector({parse_fault("restart it at 0s"): Step(fail)})
    run_until(injector, lambda: bool(injector.list_injections()[0].failed))
    assert injector.list_troubles() == ["the fault 'restart it at 0s' could not be injected: no server"]


def test_unforeseen_error_is_told() -> None:
    injector = Injector({parse_fault("restart it at 0s"): Step(blunder)})
    run_until(injector, lambda: bool(injector.list_injections()[0].failed))
    assert injector.list_troubles() == ["the fault 'restart it at 0s' could not be injected: KeyError: 'x'"]


def test_repeated_fault_may_fail_beside_another() -> None:
    turns, other = [fail], parse_fault("kill it at 0s")
    repeated = parse_fault("restart it every 0.05s")
    injector = Injector({repeated: Step(lambda: turns.pop()() if turns else None), other: Step(lambda: None)})
    run_until(injector, lambda: all(one.spans for one in injector.list_injections()))
    assert injector.list_injections()[0].failed == 1
    assert injector.list_troubles() == []


def test_repeated_fault_that_mostly_fails_is_told() -> None:
    turns, other = [fail, fail, fail], parse_fault("kill it at 0s")
    repeated = parse_fault("restart it every 0.05s")
    injector = Injector({repeated: Step(lambda: turns.pop()() if turns else None), other: Step(lambda: None)})
    run_until(injector, lambda: all(one.spans for one in injector.list_injections()))
    assert injector.list_troubles() == ["the fault 'restart it every 0.05s' could not be injected: no server"]


def test_repeated_fault_that_fails_alone_is_told() -> None:
    turns = [fail]
    injector = Injector({parse_fault("restart it every 0.05s"): Step(lambda: turns.pop()() if turns else None)})
    run_until(injector, lambda: bool(injector.list_injections()[0].spans))
    assert injector.list_troubles() == ["the fault 'restart it every 0.05s' could not be injected: no server"]


def test_slow_fault_delays_no_other() -> None:
    slow, other = threading.Event(), threading.Event()

    def wait() -> None:
        slow.wait(PATIENCE_S)

    steps = {
        parse_fault("restart it at 0s"): Step(wait),
        parse_fault("kill it at 0.05s"): Step(other.set),
    }
    injector = Injector(steps)
    with injector.running():
        assert other.wait(PATIENCE_S)
        slow.set()
    assert injector.list_troubles() == []


def test_lasting_fault_ends_with_the_load() -> None:
    notes: list[str] = []
    step = Step(lambda: notes.append("begin"), lambda: notes.append("end"), lambda: notes.append("finish"))
    run_until(Injector({parse_fault("pause it for 60s at 0s"): step}), lambda: bool(notes))
    assert notes == ["begin", "end", "finish"]


@pytest.mark.parametrize("step", [Step(lambda: None, fail), Step(lambda: None, lambda: None, fail)])
def test_fault_that_is_not_taken_back_is_told(step: Step) -> None:
    injector = Injector({parse_fault("pause it for 0s at 0s"): step})
    run_until(injector, lambda: bool(injector.list_injections()[0].spans))
    assert injector.list_troubles() == ["the fault 'pause it for 0s at 0s' could not be taken back: no server"]
