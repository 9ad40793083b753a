import pytest

from stampede.observe import series
from stampede.observe.series import SeriesKeeper
from stampede.observe.usage import Sample


class Clock:
    """Tells 10, 12, 14 and so on."""

    def __init__(self) -> None:
        self.now = 8.0

    def time(self) -> float:
        self.now += 2
        return self.now


@pytest.fixture
def keeper(monkeypatch: pytest.MonkeyPatch) -> SeriesKeeper:
    monkeypatch.setattr(series, "time", Clock())
    return SeriesKeeper()


def test_cpu_is_cores_since_the_sample_before(keeper: SeriesKeeper) -> None:
    for cpu_s in (5.0, 8.0, 1.0, 2.0):  # restarted in between
        keeper.add_sample("api", Sample(cpu_s, None))
    assert [value for _, value in keeper.values["cpu api"]] == [1.5, 0.5]
    assert "memory api" not in keeper.values


def test_figures_have_their_times(keeper: SeriesKeeper) -> None:
    keeper.add("queue", 3.0)
    keeper.add_sessions(1, 8, 2)
    assert keeper.values == {
        "queue": [(10.0, 3.0)],
        "lock waiters": [(12.0, 1)],
        "connections": [(14.0, 8)],
        "connections active": [(16.0, 2)],
    }
