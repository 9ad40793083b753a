from collections import Counter
from dataclasses import replace

import pytest

from stampede.faults.outage import Outage, Outages
from stampede.judge.thresholds import Figures, evaluate, find_starvation
from stampede.load.account import Account, View, tally_reports
from stampede.load.statistics import Tally
from stampede.observe.usage import Component, Spread, Usage
from stampede.suite.thresholds import parse_threshold
from tests.unit.stampede.builders import LOAD, WORKER, make_report
from tests.unit.stampede.load.test_account import STAGED, join

LATE = {"quick": 4.0, "slow": 400.0}


def load_of(latencies_ms: list[int], failures: int = 0, seconds: float = 10.0) -> Figures:
    counts = Counter(latency * 10 for latency in latencies_ms)
    failed = {"a": {"broken": failures}} if failures else {}
    latencies = {"a": sorted(counts.items())} if latencies_ms else {}
    ended_at = 10.0 + seconds
    return Figures(
        tally_reports({"one": make_report(latencies, failures=failed, outcomes=["sold_out"], ended_at=ended_at)})
    )


def figures_of(tally: Tally) -> Figures:
    """The figures of a run that was nothing but its window."""
    nothing = replace(tally, latencies={}, failures={}, statuses={}, duration_s=0.0)
    return Figures(Account(View(tally, tally), {}, nothing, nothing))


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


ORDERS = figures_of(
    Tally(
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
        statuses={"Create Order": Counter({2: 90}), "List": Counter({2: 98, 5: 1}), "Report": Counter({0: 1})},
    )
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
        ("Create Order [sold_out] > 1/s", 1.0),
        ("Create Order [sold_out] > 1", 10.0),
        ("sold_out > 1/s", 1.2),
        ("Create Order: sold_out > 1/s", 1.0),
        ("5xx <= 0", 1.0),
        ("4xx <= 0", 0.0),
        ("Create Order: 5xx <= 0", 0.0),
        ("failures <= 0", 1.0),
        ("List: failures <= 0", 1.0),
        ("Create Order: failures <= 0", 0.0),
        ("List: failures < 1/s", 0.1),
    ],
)
def test_scope_measures_its_own_requests(text: str, actual: float) -> None:
    assert evaluate(parse_threshold(text), ORDERS).actual == pytest.approx(actual)


@pytest.mark.parametrize(
    "text",
    [
        "Pay: p95 < 1s",
        "Create Order [paid]: p95 < 1s",
        "PUT: throughput > 0/s",
        "Pay: x > 0",
        "Report: 5xx <= 0",
        "cpu api < 1",
    ],
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


STAGES = Figures(tally_reports({"one": STAGED}, ("warm", "peak")))


@pytest.mark.parametrize(
    ("text", "actual"),
    [
        ("max < 1s", 2.0),
        ("longest < 1s", 90.0),  # of a ramp
        ("stage warm: max < 1s", 1.0),
        ("stage peak: Buy: max < 1s", 2.0),
        ("stage peak: throughput > 1/s", 20.0),
        ("Login: max < 1s", 90.0),  # made in the ramp alone
        ("failures <= 0", 1.0),  # in a ramp
        ("stage warm: failures <= 0", 1.0),
        ("stage peak: failures <= 0", 0.0),
        ("Buy: requests > 100", 142.0),
        ("stage warm: error_rate < 5%", 100 / 57),
    ],
)
def test_latencies_are_of_a_window_and_counts_of_the_whole(text: str, actual: float) -> None:
    assert evaluate(parse_threshold(text), STAGES).actual == pytest.approx(actual)


def test_latency_is_compared_with_that_of_another_stage() -> None:
    held = evaluate(parse_threshold("stage peak: max <= 200% of stage warm"), STAGES)
    assert (held.outcome, held.actual, held.measured) == ("pass", 2.0, "2.0 ms (the bound is 2.0 ms)")
    assert evaluate(parse_threshold("stage peak: Buy: max <= 199.9% of stage warm"), STAGES).outcome == "fail"
    assert evaluate(parse_threshold("stage peak: max <= 200% of stage cold"), STAGES).outcome == "unknown"


def test_request_that_a_stage_lacks_is_unknown() -> None:
    assert evaluate(parse_threshold("stage peak: Login: max < 1s"), STAGES).outcome == "unknown"
    assert evaluate(parse_threshold("stage warm: Login: max < 1s"), STAGES).outcome == "unknown"


USAGE = Usage(
    lock_waiters=1.0,
    components={"api": Component(30.0, 1.5, 200_000_000), "database": Component(None, None, None)},
    connections=Spread(5.0, 8.0),
    connections_active=None,
    gauges={"waiting": Spread(1.0, 12.0), "hidden": None},
    counters={"retries": 7.0, "hits": None},
)


@pytest.mark.parametrize(
    ("text", "outcome", "measured"),
    [
        ("cpu api <= 1.5", "pass", "1.50 cores"),
        ("cpu api < 1.5", "fail", "1.50 cores"),
        ("memory api < 0.3GB", "pass", "200.0 MB"),
        ("memory api < 200MB", "fail", "200.0 MB"),
        ("connections database < 9", "pass", "8"),
        ("connections database < 8", "fail", "8"),
        ("gauge waiting <= 12", "pass", "12"),
        ("gauge waiting <= 1", "fail", "12"),
        ("counter retries < 8", "pass", "7"),
        ("counter retries < 7", "fail", "7"),
        ("cpu database < 8", "unknown", "nothing measured"),
        ("memory database < 8MB", "unknown", "nothing measured"),
        ("gauge hidden < 8", "unknown", "nothing measured"),
        ("counter hits < 8", "unknown", "nothing measured"),
    ],
)
def test_resources_are_held_against_the_usage(text: str, outcome: str, measured: str) -> None:
    result = evaluate(parse_threshold(text), replace(ORDERS, usage=USAGE))
    assert (result.outcome, result.measured) == (outcome, measured)


def test_starved_generator_makes_latencies_unknown() -> None:
    late = replace(LOAD, workers=(WORKER, replace(WORKER, id="slow", lag_p99_ms=400.0)))
    assert find_starvation(LOAD) == find_starvation(None) == ""
    assert "load generator slow was starved: its" in find_starvation(late)
    figures = replace(ORDERS, account=replace(ORDERS.account, run=replace(ORDERS.account.run, lag_p99_ms=LATE)))
    result = evaluate(parse_threshold("p95 < 9s"), figures)
    assert (result.outcome, result.actual is not None) == ("unknown", True)
    assert "load generator slow was starved: its event loop was 400 ms late" in result.measured
    assert evaluate(parse_threshold("sold_out > 0"), figures).outcome == "pass"


@pytest.mark.parametrize(
    ("text", "outcome", "where"),
    [
        ("stage warm: p95 < 9s", "pass", ""),
        ("stage peak: p95 < 9s", "unknown", "slow was starved in stage peak: its event loop was 400 ms late"),
        ("stage peak: Buy: max < 9s", "unknown", "in stage peak"),
        ("stage warm: p95 <= 500% of stage peak", "unknown", "in stage peak"),
        ("stage peak: p95 <= 500% of stage warm", "unknown", "in stage peak"),
        ("stage peak: failures <= 0", "pass", ""),
        ("stage peak: throughput > 1/s", "pass", ""),
        ("p95 < 9s", "unknown", "slow was starved: its event loop was 400 ms late"),
    ],
)
def test_only_a_starved_stage_is_unknown(text: str, outcome: str, where: str) -> None:
    slow = join(
        make_report({"Buy": [[10, 50]]}, lags=[[3, 100]], ended_at=15.0),
        make_report({"Buy": [[20, 80]]}, stage=1, ended_at=14.0, lags=[[4, 50], [400, 50]]),
    )
    late = Figures(tally_reports({"one": STAGED, "slow": slow}, ("warm", "peak")))
    result = evaluate(parse_threshold(text), late)
    assert (result.outcome, where in result.reason) == (outcome, True)


@pytest.mark.parametrize(
    ("outages", "outcome"),
    [
        (Outages(Outage(9), Outage(4.9)), "pass"),
        (Outages(Outage(9), Outage(5.0)), "fail"),
        (Outages(Outage(9), Outage(4.9, open=True)), "unknown"),
        (Outages(Outage(9), Outage(5.0, open=True)), "fail"),
        (Outages(Outage(9)), "unknown"),
    ],
)
def test_recovery_is_judged(outages: Outages, outcome: str) -> None:
    assert evaluate(parse_threshold("recovery < 5s"), replace(load_of([1]), outages=outages)).outcome == outcome


@pytest.mark.parametrize(("seconds", "outcome"), [(4.9, "pass"), (5.1, "unknown")])
def test_starved_generator_misses_no_recovery_limit(seconds: float, outcome: str) -> None:
    load = load_of([1])
    late = replace(load.account, run=replace(load.account.run, lag_p99_ms=LATE))
    figures = replace(load, account=late, outages=Outages(Outage(9), Outage(seconds)))
    result = evaluate(parse_threshold("recovery < 5s"), figures)
    assert (result.outcome, "was starved" in result.measured) == (outcome, outcome == "unknown")


def test_outage_at_the_end_counts_as_far_as_it_was_seen() -> None:
    result = evaluate(
        parse_threshold("unavailable < 8s"), replace(load_of([1]), outages=Outages(Outage(7.5, open=True)))
    )
    assert (result.outcome, result.actual, result.measured) == ("pass", 7500.0, "7,500.0 ms")
