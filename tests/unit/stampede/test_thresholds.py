from collections import Counter

import pytest

from stampede.errors import StampedeError
from stampede.statistics import Tally, tally_reports
from stampede.thresholds import evaluate, parse_threshold


def load_of(latencies_ms: list[int], failures: int = 0, seconds: float = 10.0) -> Tally:
    counts: dict[int, int] = {}
    for latency in latencies_ms:
        counts[latency * 10] = counts.get(latency * 10, 0) + 1
    report = {
        "latencies": {"a": sorted(counts.items())},
        "failures": {"a": {"broken": failures}} if failures else {},
        "kinds": {"a": "GET"} if latencies_ms else {},
        "outcomes": ["sold_out"],
        "first_at": 100.0,
        "last_at": 100.0 + seconds,
        "cpu_s": 1.0,
        "operations": 0,
        "complete": True,
    }
    return tally_reports({"worker": report})


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


@pytest.mark.parametrize("text", ["", "p95", "p95 = 5ms", "latency < 5ms", "p95 < 5%", "throughput > 5ms"])
def test_unreadable_threshold_is_refused_by_name(text: str) -> None:
    with pytest.raises(StampedeError, match="threshold"):
        parse_threshold(text)


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
def test_scope_and_count_read(text: str, scope: str | None, metric: str, unit: str) -> None:
    threshold = parse_threshold(text)
    assert (threshold.scope, threshold.metric, threshold.unit) == (scope, metric, unit)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("p95 < 500", "in ms"),
        ("latency < 5ms", "no metric"),
        ("p100 < 500", "no metric"),
        ("sold_out <= 10%", "no metric"),
        ("sold_out < 1.5", "whole number"),
        (": p95 < 5ms", "does not read"),
    ],
)
def test_refusal_says_what_is_wrong(text: str, told: str) -> None:
    with pytest.raises(StampedeError, match=told):
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


ORDERS = Tally(
    latencies={
        "Create Order": Counter({1000: 90}),
        "Create Order [sold_out]": Counter({5000: 10}),
        "Create Orders": Counter({9000: 1}),
        "List": Counter({100: 98, 3000: 1}),
        "Report": Counter({8000: 1}),
        "/orders/[id]": Counter({10: 4}),
        "Restock [sold_out]": Counter({10: 2}),
    },
    failures={"List": Counter({"broken": 1})},
    kinds={
        "Create Order": "POST",
        "Create Order [sold_out]": "POST",
        "Create Orders": "POST",
        "List": "GET",
        "Report": "complex",
        "/orders/[id]": "GET",
        "Restock [sold_out]": "POST",
    },
    duration_s=10.0,
    outcomes=frozenset({"ok", "sold_out", "wrong_amount"}),
)


@pytest.mark.parametrize(
    ("text", "actual"),
    [
        ("Create Order: max < 1s", 500.0),
        ("Create Order: p90 < 1s", 100.0),
        ("Create Order [sold_out]: p50 < 1s", 500.0),
        ("GET: max < 1s", 300.0),
        ("complex: average < 1s", 800.0),
        ("/orders/[id]: max < 1s", 1.0),
        ("List: error_rate < 5%", 100 / 99),
        ("Create Order: throughput > 5/s", 10.0),
        ("sold_out <= 10", 12.0),
        ("Create Order: sold_out <= 10", 10.0),
        ("wrong_amount <= 0", 0.0),
    ],
)
def test_scope_measures_its_own_requests_alone(text: str, actual: float) -> None:
    assert evaluate(parse_threshold(text), ORDERS).actual == pytest.approx(actual)


@pytest.mark.parametrize(
    "text", ["Pay: p95 < 1s", "Create Order [paid]: p95 < 1s", "PUT: throughput > 0/s", "Pay: x > 0"]
)
def test_scope_that_was_never_requested_is_unknown(text: str) -> None:
    assert evaluate(parse_threshold(text), ORDERS).outcome == "unknown"


@pytest.mark.parametrize("text", ["sold_uot <= 0", "errors <= 0", "Maximum < 5", "id <= 0"])
def test_word_that_is_no_requests_outcome_was_not_measured(text: str) -> None:
    assert evaluate(parse_threshold(text), ORDERS).outcome == "unknown"


def test_outcome_that_never_came_is_counted_only_where_there_was_load() -> None:
    assert evaluate(parse_threshold("sold_out <= 10"), load_of([1])).outcome == "pass"
    assert evaluate(parse_threshold("sold_out > 0"), load_of([1])).outcome == "fail"
    assert evaluate(parse_threshold("sold_out <= 10"), load_of([])).outcome == "unknown"
    assert evaluate(parse_threshold("sold_out <= 10"), None).outcome == "unknown"


def test_count_is_told_without_unit_or_fraction() -> None:
    assert evaluate(parse_threshold("sold_out <= 10"), ORDERS).measured == "12"
    assert evaluate(parse_threshold("List: max < 1s"), ORDERS).measured == "300.0 ms"


def test_nothing_measured_is_unknown_not_passed() -> None:
    assert evaluate(parse_threshold("p95 < 500ms"), None).outcome == "unknown"
    assert evaluate(parse_threshold("p95 < 500ms"), load_of([])).outcome == "unknown"
