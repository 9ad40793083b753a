from hypothesis import given
from hypothesis import strategies as st

from stampede.crowd.clock import Clock, Offset, measure_offset

DELAY = st.floats(0, 0.5)


@given(st.floats(-100, 100), DELAY, DELAY)
def test_true_offset_lies_within_the_error(offset: float, there: float, back: float) -> None:
    measured = measure_offset(1000.0, 1000.0 + there + offset, 1000.0 + there + back)
    assert abs(measured.offset_s - offset) <= measured.error_s + 1e-9


def test_two_measurements_are_joined_to_hold_both() -> None:
    joined = Offset(1.0, 0.1).joined(Offset(1.5, 0.2))
    assert round(joined.offset_s - joined.error_s, 6) == 0.9
    assert round(joined.offset_s + joined.error_s, 6) == 1.7


def test_shortest_round_trip_counts() -> None:
    moments = iter([0.0, 0.5] + [10.0 + step for step in range(18)])
    clock: Clock

    def send(sent: float) -> None:
        clock.note_pong(sent, sent + 100)

    clock = Clock(send, lambda: next(moments))
    clock.measure()
    assert clock.offset == Offset(99.75, 0.25)


def test_silent_master_leaves_the_offset_unknown() -> None:
    clock = Clock(lambda _: None, lambda: 0.0)
    clock.measure()
    assert clock.offset is None
