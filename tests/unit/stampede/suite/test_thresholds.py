import pytest

from stampede.errors import StampedeError
from stampede.suite.thresholds import parse_threshold


@pytest.mark.parametrize(
    ("text", "metric", "compare", "bound", "unit"),
    [
        ("p95 < 500ms", "p95", "<", 500, "ms"),
        ("p99.9<=1.5s", "p99.9", "<=", 1500, "ms"),
        ("average < 0.2s", "average", "<", 200, "ms"),
        ("error_rate < 1%", "error_rate", "<", 1, "%"),
        ("throughput >= 500/s", "throughput", ">=", 500, "/s"),
    ],
)
def test_threshold_is_parsed(text: str, metric: str, compare: str, bound: float, unit: str) -> None:
    threshold = parse_threshold(text)
    assert (threshold.metric, threshold.compare, threshold.bound, threshold.unit) == (metric, compare, bound, unit)


@pytest.mark.parametrize(
    ("text", "scope", "metric", "unit"),
    [
        ("Create Order: p95 < 500ms", "Create Order", "p95", "ms"),
        ("Create Order [sold_out] : max<1s", "Create Order [sold_out]", "max", "ms"),
        ("GET: average < 200ms", "GET", "average", "ms"),
        ("GET /a:b: error_rate < 1%", "GET /a:b", "error_rate", "%"),
        ("sold_out <= 10", None, "sold_out", ""),
        ("Create Order: sold_out > 0", "Create Order", "sold_out", ""),
    ],
)
def test_scope_and_count_are_parsed(text: str, scope: str | None, metric: str, unit: str) -> None:
    threshold = parse_threshold(text)
    assert (threshold.scope, threshold.metric, threshold.unit) == (scope, metric, unit)


def test_count_is_compared_as_it_is() -> None:
    assert parse_threshold("sold_out <= 10").bound == 10


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "Cannot parse threshold ''"),
        ("p95", "Cannot parse threshold"),
        ("p95 = 5ms", "Cannot parse threshold"),
        (": p95 < 5ms", "Cannot parse threshold"),
        ("p95 < 500", "in ms"),
        ("p95 < 5%", "in ms"),
        ("throughput > 5ms", "in /s"),
        ("latency < 5ms", "no metric"),
        ("p100 < 500", "no metric"),
        ("sold_out <= 10%", "no metric"),
        ("sold_out < 1.5", "whole number"),
    ],
)
def test_refusal_names_the_mistake(text: str, told: str) -> None:
    with pytest.raises(StampedeError, match=told):
        parse_threshold(text)
