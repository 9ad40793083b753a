import pytest

from stampede.errors import StampedeError
from stampede.suite.fault import Fault, parse_fault


@pytest.mark.parametrize("text", ["restart every 3s", "flush the cache after 10s", "kill every worker every 2s"])
def test_fault_is_parsed_and_written_back(text: str) -> None:
    assert str(parse_fault(text)) == text


def test_action_and_time_are_told_apart() -> None:
    assert parse_fault(" kill every worker after 10s ") == Fault("kill every worker", "after", 10)


@pytest.mark.parametrize("text", ["", "restart", "restart every 0s", "every 3s", "restart every 3", "restart in 3s"])
def test_unparsable_fault_is_quoted(text: str) -> None:
    with pytest.raises(StampedeError, match=f"Cannot parse fault '{text}'"):
        parse_fault(text)


def test_repeated_fault_is_due_each_time() -> None:
    every = Fault("restart", "every", 3)
    moments = ((2.9, 0), (3.0, 0), (5.9, 1), (6.0, 1))
    assert [every.is_due(elapsed, done) for elapsed, done in moments] == [False, True, False, True]


def test_single_fault_is_due_once() -> None:
    after = Fault("restart", "after", 3)
    moments = ((2.9, 0), (3.0, 0), (9.0, 1))
    assert [after.is_due(elapsed, done) for elapsed, done in moments] == [False, True, False]
