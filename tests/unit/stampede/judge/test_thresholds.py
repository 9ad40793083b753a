from collections import Counter

import pytest

from stampede.judge.thresholds import evaluate
from stampede.load.statistics import Tally, tally_reports
from stampede.suite.thresholds import parse_threshold


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


def test_bound_itself_is_not_below_it() -> None:
    load = load_of([500])
    assert evaluate(parse_threshold("max < 500ms"), load).outcome == "fail"
    assert evaluate(parse_threshold("max <= 500ms"), load).outcome == "pass"


def test_percentile_is_not_rounded() -> None:
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
def test_scope_measures_its_own_requests(text: str, actual: float) -> None:
    assert evaluate(parse_threshold(text), ORDERS).actual == pytest.approx(actual)


@pytest.mark.parametrize(
    "text", ["Pay: p95 < 1s", "Create Order [paid]: p95 < 1s", "PUT: throughput > 0/s", "Pay: x > 0"]
)
def test_unrequested_scope_is_unknown(text: str) -> None:
    assert evaluate(parse_threshold(text), ORDERS).outcome == "unknown"


@pytest.mark.parametrize("text", ["sold_uot <= 0", "errors <= 0", "Maximum < 5", "id <= 0"])
def test_misspelt_outcome_is_unknown(text: str) -> None:
    assert evaluate(parse_threshold(text), ORDERS).outcome == "unknown"


def test_possible_outcome_counts_zero() -> None:
    assert evaluate(parse_threshold("sold_out <= 10"), load_of([1])).outcome == "pass"
    assert evaluate(parse_threshold("sold_out > 0"), load_of([1])).outcome == "fail"
    assert evaluate(parse_threshold("sold_out <= 10"), load_of([])).outcome == "unknown"
    assert evaluate(parse_threshold("sold_out <= 10"), None).outcome == "unknown"


def test_measured_value_has_its_unit() -> None:
    assert evaluate(parse_threshold("sold_out <= 10"), ORDERS).measured == "12"
    assert evaluate(parse_threshold("List: max < 1s"), ORDERS).measured == "300.0 ms"


def test_nothing_measured_is_unknown() -> None:
    assert evaluate(parse_threshold("p95 < 500ms"), None).outcome == "unknown"
    assert evaluate(parse_threshold("p95 < 500ms"), load_of([])).outcome == "unknown"
