from stampede.judge.baseline import Difference, compare_load
from stampede.suite.baseline import Entry
from tests.unit.stampede.builders import LOAD

OLD = Entry(2.0, 2.0, 2.0, 20.0)


def test_each_entry_is_compared_with_the_run() -> None:
    now = Entry(1.0, 1.0, 1.0, 10.0)
    assert compare_load({"Buy [sold_out]": OLD, "Pay": OLD}, LOAD) == (
        Difference("Buy [sold_out]", OLD, now),
        Difference("Pay", OLD, None),
    )


def test_run_without_load_sent_nothing() -> None:
    assert compare_load({"Pay": OLD}, None) == (Difference("Pay", OLD, None),)
