from hypothesis import given
from hypothesis import strategies as st

from locustfiles.utils.crowd import Crowd, Roster


@given(st.integers(1, 8), st.integers(0, 200))
def test_workers_share_without_overlap_and_leave_nothing(workers: int, count: int) -> None:
    shares = [list(Crowd("run", rank, workers, 10).own(count)) for rank in range(workers)]
    assert sorted(index for share in shares for index in share) == list(range(count))


def test_exhausted_share_begins_again_with_its_own() -> None:
    roster = Roster()
    roster.join(Crowd("run", 1, 2, 10))
    assert [roster.take("student", 6) for _ in range(5)] == [1, 3, 5, 1, 3]


def test_new_run_begins_afresh() -> None:
    roster = Roster()
    roster.join(Crowd("one", 0, 1, 10))
    roster.take("student", 6)
    roster.join(Crowd("two", 0, 1, 10))
    assert roster.take("student", 6) == 0
