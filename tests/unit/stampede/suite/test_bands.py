import pytest

from stampede.errors import StampedeError
from stampede.suite.bands import Band, Metric, parse_band


def test_bounds_are_parsed_into_their_unit() -> None:
    assert parse_band("p95", ("500ms", "2s")) == Band("p95", 500.0, 2000.0, "ms")
    assert parse_band("cpu", ("70%", "85.5 %")) == Band("cpu", 70.0, 85.5, "%")


@pytest.mark.parametrize(
    ("metric", "bounds"),
    [("p95", ("70%", "85%")), ("p95", ("fast", "2s")), ("memory", ("1s", "2s")), ("error_rate", ("1", "2%"))],
)
def test_foreign_bound_is_refused(metric: Metric, bounds: tuple[str, str]) -> None:
    with pytest.raises(StampedeError, match=f"of the band {metric}: expected two like"):
        parse_band(metric, bounds)


def test_falling_bounds_are_refused() -> None:
    with pytest.raises(StampedeError, match="must rise"):
        parse_band("cpu", ("85%", "70%"))
