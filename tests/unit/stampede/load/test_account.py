from typing import Any

import pytest

from stampede.load.account import merge_reports, tally_reports
from tests.unit.stampede.builders import make_report


def test_workers_are_merged_by_request_name() -> None:
    load = merge_reports(
        {
            "one": make_report({"a": [[10, 2]], "b": [[30, 1]]}, failures={"a": {"x": 1}}),
            "two": make_report({"a": [[20, 2]]}, failures={"a": {"x": 2, "y": 1}}, last_at=30.0),
        }
    )
    assert (load.requests, load.failures, load.total_s, load.cpu_s) == (5, 4, 20.0, 4.0)
    assert [(row.name, row.requests, row.failures, row.max_ms) for row in load.rows] == [
        ("a", 4, 4, 2.0),
        ("b", 1, 0, 3.0),
    ]
    assert [(row.reason, row.count) for row in load.failure_rows] == [("x", 3), ("y", 1)]


def test_kinds_of_all_workers_are_kept() -> None:
    load = merge_reports(
        {
            "one": make_report({"a": [[10, 1]]}),
            "two": make_report({"a": [[10, 1]], "b": [[10, 1]]}, kinds={"a": "GET", "b": "complex"}),
        }
    )
    assert {row.name: row.kind for row in load.rows} == {"a": "GET", "b": "complex"}


def test_scopes_percentile_is_of_merged_counts() -> None:
    account = tally_reports(
        {"one": make_report({"a": [[10, 99]], "b": [[10, 1]]}), "two": make_report({"a": [[20, 1]], "b": [[500, 99]]})}
    )
    tally = account.run.window
    assert tally.select("GET").latency.metric("p50") == 1.0
    assert tally.select("GET").latency.metric("p50.5") == 2.0
    assert tally.select("b").latency.metric("p50") == 50.0


def test_worker_cpu_is_a_share_of_its_own_time() -> None:
    load = merge_reports({"one": make_report({"a": [[10, 1]]}, cpu_s=9.5)})
    assert load.workers[0].cpu_share == pytest.approx(0.95)


def test_idle_worker_does_not_stretch_the_run() -> None:
    load = merge_reports({"busy": make_report({"a": [[1, 5]]}), "idle": make_report({}, first_at=0.0)})
    assert load.total_s == 10.0
    assert load.workers[1].cpu_share == 0.0


def test_run_without_requests_has_no_figures() -> None:
    load = merge_reports({"idle": make_report({}, first_at=0.0, last_at=0.0, ended_at=10.0)})
    assert (load.requests, load.duration_s) == (0, 0.0)
    assert [load.metric(name) for name in ("p95", "average", "max", "throughput", "error_rate")] == [0.0] * 5


def test_outcome_is_counted_by_its_word() -> None:
    latencies = {"Buy [sold_out]": [[10, 3]], "Pay [sold_out]": [[10, 1]], "/items/[id]": [[10, 5]]}
    tally = tally_reports({"one": make_report(latencies, outcomes=["sold_out", "closed"])}).run.whole
    assert [tally.count_outcome(word) for word in ("sold_out", "closed", "id", "sold")] == [4, 0, None, None]


def test_row_has_the_figures_of_its_requests() -> None:
    counts = [[10 * ms, 1] for ms in range(1, 101)]
    (row,) = merge_reports({"one": make_report({"a": counts})}).rows
    assert (row.average_ms, row.p50_ms, row.p95_ms, row.p99_ms, row.max_ms) == (50.5, 50.0, 95.0, 99.0, 100.0)


def test_error_rate_is_a_percentage() -> None:
    load = merge_reports({"one": make_report({"a": [[10, 4]]}, failures={"a": {"x": 1}})})
    assert (load.metric("error_rate"), load.metric("throughput")) == (25.0, 0.4)


def join(*reports: dict[str, Any]) -> dict[str, Any]:
    """One report with the phases of all."""
    phases = [phase for report in reports for phase in report["phases"]]
    kinds = {name: kind for report in reports for name, kind in report["kinds"].items()}
    return {**reports[0], "phases": phases, "kinds": kinds}


STAGED = join(
    make_report({"Login": [[900, 2]], "Buy": [[500, 5]]}, "ramp", failures={"Buy": {"x": 1}}, ended_at=11.0),
    make_report({"Buy": [[10, 50]]}, lags=[[3, 99], [250, 1]], ended_at=15.0),
    make_report({"Buy": [[300, 4]]}, "ramp", stage=1, ended_at=12.0),
    make_report({"Buy": [[20, 80]]}, stage=1, ended_at=14.0, lags=[[4, 100]]),
    make_report({"Buy": [[800, 3]]}, "tail", stage=1, lags=[[900, 50]]),
)


def test_latencies_are_of_the_window_alone() -> None:
    load = merge_reports({"one": STAGED}, ("warm", "peak"))
    assert (load.requests, load.failures, load.duration_s, load.total_s) == (144, 1, 9.0, 10.0)
    assert (load.metric("max"), load.metric("throughput")) == (2.0, 130 / 9)
    assert load.metric("error_rate") == pytest.approx(100 / 144)


def test_phases_are_reported_apart() -> None:
    load = merge_reports({"one": STAGED}, ("warm", "peak"))
    assert [(row.name, row.requests, row.duration_s, row.p95_ms) for row in load.phases] == [
        ("ramp to warm", 7, 1.0, 90.0),
        ("warm", 50, 5.0, 1.0),
        ("ramp to peak", 4, 2.0, 30.0),
        ("peak", 80, 4.0, 2.0),
        ("tail", 3, 10.0, 80.0),
    ]
    assert [row.name for row in merge_reports({"one": make_report({})}).phases] == ["ramp", "all users", "tail"]


def test_request_of_the_ramp_alone_says_so() -> None:
    rows = {row.name: row for row in merge_reports({"one": STAGED}).rows}
    assert (rows["Login"].only_in, rows["Login"].p50_ms, rows["Login"].requests) == ("ramp", 90.0, 2)
    assert (rows["Buy"].only_in, rows["Buy"].max_ms, rows["Buy"].failures) == ("", 2.0, 1)


def test_stage_has_a_window_and_a_whole() -> None:
    stages = tally_reports({"one": STAGED}, ("warm", "peak")).stages
    assert [(view.window.latency.total, view.whole.latency.total) for view in stages.values()] == [(50, 57), (80, 84)]


def test_late_worker_does_not_shorten_the_window() -> None:
    late = make_report({"a": [[10, 1]]}, began_at=18.0)
    assert merge_reports({"one": make_report({"a": [[10, 1]]}), "late": late}).duration_s == 10.0


def test_lag_is_of_the_window_alone() -> None:
    (worker,) = merge_reports({"one": STAGED}).workers
    assert (worker.lag_p99_ms, worker.lag_max_ms) == (4.0, 250.0)
