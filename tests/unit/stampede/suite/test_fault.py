from itertools import islice

import pytest

from stampede.errors import StampedeError
from stampede.suite.fault import Fault, Injection, parse_fault


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("kill api process at 10s", ("kill api process", 10, "kill", "api process")),
        ("kill cache every 3s", ("kill cache", 3, "kill", "cache", True)),
        ("restart cache after 2.5s", ("restart cache", 2.5, "restart", "cache")),
        ("pause cache for 3s at 8s", ("pause cache for 3s", 8, "pause", "cache", False, 3)),
        ("pause cache for 0.5s every 8s", ("pause cache for 0.5s", 8, "pause", "cache", True, 0.5)),
        ("terminate one backend every 2s", ("terminate one backend", 2, "terminate", "backend", True)),
        ("latency database 5ms from 5s to 20s", ("latency database", 5, "latency", "database", False, 15, 5)),
        ("flush the cache every 1s", ("flush the cache", 1, "run", "", True)),
    ],
)
def test_fault_is_parsed(text: str, fault: tuple[object, ...]) -> None:
    assert parse_fault(f" {text} ") == Fault(text, *fault)  # type: ignore[arg-type]
    assert str(parse_fault(text)) == text


@pytest.mark.parametrize(
    "text", ["", "restart", "restart it every 0s", "every 3s", "restart it at 3", "restart it in 3s", "kill at 5s x"]
)
def test_unparsable_fault_is_quoted(text: str) -> None:
    with pytest.raises(StampedeError, match=f"Cannot parse fault '{text}'"):
        parse_fault(text)


def test_latency_ends_after_it_begins() -> None:
    with pytest.raises(StampedeError, match="must end after it begins"):
        parse_fault("latency database 5ms from 20s to 5s")


def test_repeated_fault_is_due_each_time() -> None:
    assert list(islice(parse_fault("kill it every 3s").moments_s(), 3)) == [3, 6, 9]


def test_single_fault_is_due_once() -> None:
    assert list(parse_fault("kill it at 3s").moments_s()) == [3]


@pytest.mark.parametrize(
    ("injection", "told"),
    [
        (Injection("kill it", ((10.04, 10.1),)), "10.0 s"),
        (Injection("pause it", ((8, 11.1), (20, 23))), "8.0 to 11.1, 20.0 to 23.0 s"),
        (Injection("kill it"), "never injected"),
        (Injection("kill it", ((1, 1),), 2), "1.0 s (2 more could not be injected)"),
        (Injection("kill it", tuple((n, n) for n in range(1, 9))), "8 times, 1.0 to 8.0 s"),
    ],
)
def test_moments_are_told(injection: Injection, told: str) -> None:
    assert injection.moments == told
