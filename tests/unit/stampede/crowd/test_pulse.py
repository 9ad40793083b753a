from stampede.crowd.latency import Latencies
from stampede.crowd.pulse import PER_S, Pulse


def beat(*waits_s: float) -> Latencies:
    """A pulse that wakes after each of these times, from a full second on."""
    latencies = Latencies()
    pulse = Pulse(latencies, lambda: 5)
    pulse.reset(1000.0)
    now = 1000.0
    for wait_s in waits_s:
        now += wait_s
        pulse.beat(now)
    return latencies


def lags_of(latencies: Latencies) -> dict[int, int]:
    return dict(latencies.report()["phases"][0]["lags"])


def test_punctual_beat_has_no_lag() -> None:
    assert lags_of(beat(1 / PER_S + 0.0001)) == {0: 1}


def test_long_stall_counts_for_each_beat_it_missed() -> None:
    lags = lags_of(beat(0.2001))
    assert sum(lags.values()) == PER_S // 5
    assert max(lags) == 180


def test_second_ends_at_its_boundary() -> None:
    latencies = beat(0.5, 0.4999, 0.0002)
    (second,) = latencies.report()["seconds"]
    assert (second["second"], second["users"]) == (1000, 5)
