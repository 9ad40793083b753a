import pytest
from hypothesis import given
from hypothesis import strategies as st

from stampede.crowd.roster import Part, Roster


@given(st.integers(1, 8), st.integers(0, 200))
def test_workers_share_without_overlap(workers: int, count: int) -> None:
    shares = [list(Part("run", rank, workers, 10).own(count)) for rank in range(workers)]
    assert sorted(index for share in shares for index in share) == list(range(count))


def test_late_worker_takes_a_share_from_its_end() -> None:
    assert list(Part("run", 0, 2, 10).own(7)) == [0, 2, 4, 6]
    assert list(Part("run", 2, 2, 10).own(7)) == [6, 4, 2, 0]
    assert list(Part("run", 3, 2, 10).own(7)) == [5, 3, 1]


def test_exhausted_share_begins_again() -> None:
    roster = Roster(Part("run", 1, 2, 10))
    assert [roster.take("student", 6) for _ in range(5)] == [1, 3, 5, 1, 3]


def test_share_of_nothing_is_an_error() -> None:
    with pytest.raises(LookupError):
        Roster(Part("run", 3, 4, 10)).take("student", 3)
