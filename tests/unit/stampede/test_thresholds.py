import pytest

from stampede.errors import StampedeError
from stampede.statistics import Load, merge_reports
from stampede.thresholds import evaluate, parse_threshold


def load_of(latencies_ms: list[int], failures: int = 0, seconds: float = 10.0) -> Load:
    counts: dict[int, int] = {}
    for latency in latencies_ms:
        counts[latency * 10] = counts.get(latency * 10, 0) + 1
    report = {
        "latencies": {"a": sorted(counts.items())},
        "failures": {"a": {"broken": failures}} if failures else {},
        "first_at": 100.0,
        "last_at": 100.0 + seconds,
        "cpu_s": 1.0,
        "operations": 0,
        "complete": True,
    }
    return merge_reports({"worker": report})


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
def test_threshold_reads(text: str, metric: str, compare: str, bound: float, unit: str) -> None:
    threshold = parse_threshold(text)
    assert (threshold.metric, threshold.compare, threshold.bound, threshold.unit) == (metric, compare, bound, unit)


@pytest.mark.parametrize("text", ["", "p95", "p95 < 500", "p95 = 5ms", "latency < 5ms", "p95 < 5%", "throughput > 5ms"])
def test_unreadable_threshold_is_refused_by_name(text: str) -> None:
    with pytest.raises(StampedeError, match="threshold"):
        parse_threshold(text)


def test_bound_itself_is_not_below_it() -> None:
    load = load_of([500])
    assert evaluate(parse_threshold("max < 500ms"), load).outcome == "fail"
    assert evaluate(parse_threshold("max <= 500ms"), load).outcome == "pass"


def test_percentile_is_exact_where_locust_would_round() -> None:
    assert evaluate(parse_threshold("p95 < 499ms"), load_of([497] * 100)).outcome == "pass"
    assert evaluate(parse_threshold("p95 < 497ms"), load_of([497] * 100)).actual == 497.0


def test_error_rate_and_throughput_are_measured() -> None:
    load = load_of([1] * 100, failures=2)
    assert evaluate(parse_threshold("error_rate < 2%"), load).outcome == "fail"
    assert evaluate(parse_threshold("throughput > 9/s"), load).actual == 10.0


def test_nothing_measured_is_unknown_not_passed() -> None:
    assert evaluate(parse_threshold("p95 < 500ms"), None).outcome == "unknown"
    assert evaluate(parse_threshold("p95 < 500ms"), load_of([])).outcome == "unknown"
