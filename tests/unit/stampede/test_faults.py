import pytest

from stampede.errors import StampedeError
from stampede.faults import Fault, parse_fault


def test_fault_reads() -> None:
    assert parse_fault("flush redis every 3s") == Fault("every", 3)
    assert parse_fault("flush redis after 10s") == Fault("after", 10)


@pytest.mark.parametrize(
    "text", ["flush redis", "flush redis every 0s", "flush the cache every 3s", "flush redis every 3"]
)
def test_fault_that_does_not_read_is_refused(text: str) -> None:
    with pytest.raises(StampedeError, match="does not read"):
        parse_fault(text)


def test_repeated_fault_is_due_each_time_and_a_single_one_once() -> None:
    every, after = Fault("every", 3), Fault("after", 3)
    assert [every.is_due(elapsed, done) for elapsed, done in ((2.9, 0), (3.0, 0), (5.9, 1), (6.1, 1))] == [
        False,
        True,
        False,
        True,
    ]
    assert [after.is_due(elapsed, done) for elapsed, done in ((2.9, 0), (3.0, 0), (9.0, 1))] == [False, True, False]
