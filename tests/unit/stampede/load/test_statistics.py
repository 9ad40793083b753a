from collections import Counter
from math import ceil
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stampede.load.statistics import Latency, merge_reports, tally_reports


@given(st.lists(st.integers(0, 10**5), min_size=1), st.floats(0.1, 100))
def test_percentile_is_the_nearest_rank(units: list[int], percent: float) -> None:
    expected = sorted(units)[ceil(len(units) * percent / 100) - 1]
    assert Latency(Counter(units)).percentile_ms(percent) == expected / 10


def report(latencies: dict[str, list[list[int]]], **changes: Any) -> dict[str, Any]:
    fields = {"failures": {}, "first_at": 10.0, "last_at": 20.0, "cpu_s": 2.0, "operations": 3, "complete": True}
    return {"latencies": latencies, "kinds": dict.fromkeys(latencies, "GET"), "outcomes": [], **fields, **changes}


def test_workers_are_merged_by_request_name() -> None:
    load = merge_reports(
        {
            "one": report({"a": [[10, 2]], "b": [[30, 1]]}, failures={"a": {"x": 1}}),
            "two": report({"a": [[20, 2]]}, failures={"a": {"x": 2, "y": 1}}, last_at=30.0),
        }
    )
    assert (load.requests, load.failures, load.duration_s, load.cpu_s) == (5, 4, 20.0, 4.0)
    assert [(row.name, row.requests, row.failures, row.max_ms) for row in load.rows] == [
        ("a", 4, 4, 2.0),
        ("b", 1, 0, 3.0),
    ]
    assert [(row.reason, row.count) for row in load.failure_rows] == [("x", 3), ("y", 1)]


def test_kinds_of_all_workers_are_kept() -> None:
    load = merge_reports(
        {
            "one": report({"a": [[10, 1]]}),
            "two": report({"a": [[10, 1]], "b": [[10, 1]]}, kinds={"a": "GET", "b": "complex"}),
        }
    )
    assert {row.name: row.kind for row in load.rows} == {"a": "GET", "b": "complex"}


def test_scopes_percentile_is_of_merged_counts() -> None:
    tally = tally_reports(
        {"one": report({"a": [[10, 99]], "b": [[10, 1]]}), "two": report({"a": [[20, 1]], "b": [[500, 99]]})}
    )
    assert tally.select("GET").metric("p50") == 1.0
    assert tally.select("GET").metric("p50.5") == 2.0
    assert tally.select("b").metric("p50") == 50.0


def test_worker_cpu_is_a_share_of_its_own_time() -> None:
    load = merge_reports({"one": report({"a": [[10, 1]]}, cpu_s=9.5)})
    assert load.workers[0].cpu_share == pytest.approx(0.95)


def test_idle_worker_does_not_stretch_the_run() -> None:
    load = merge_reports({"busy": report({"a": [[1, 5]]}), "idle": report({}, first_at=0.0)})
    assert load.duration_s == 10.0
    assert load.workers[1].cpu_share == 0.0


def test_run_without_requests_has_no_figures() -> None:
    load = merge_reports({"idle": report({}, first_at=0.0, last_at=0.0)})
    assert (load.requests, load.duration_s) == (0, 0.0)
    assert [load.metric(name) for name in ("p95", "average", "max", "throughput", "error_rate")] == [0.0] * 5


def test_outcome_is_counted_by_its_word() -> None:
    latencies = {"Buy [sold_out]": [[10, 3]], "Pay [sold_out]": [[10, 1]], "/items/[id]": [[10, 5]]}
    tally = tally_reports({"one": report(latencies, outcomes=["sold_out", "closed"])})
    assert [tally.count_outcome(word) for word in ("sold_out", "closed", "id", "sold")] == [4, 0, None, None]


def test_row_has_the_figures_of_its_requests() -> None:
    counts = [[10 * ms, 1] for ms in range(1, 101)]
    (row,) = merge_reports({"one": report({"a": counts})}).rows
    assert (row.average_ms, row.p50_ms, row.p95_ms, row.p99_ms, row.max_ms) == (50.5, 50.0, 95.0, 99.0, 100.0)


def test_error_rate_is_a_percentage() -> None:
    load = merge_reports({"one": report({"a": [[10, 4]]}, failures={"a": {"x": 1}})})
    assert (load.metric("error_rate"), load.metric("throughput")) == (25.0, 0.4)
