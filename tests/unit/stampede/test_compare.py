from pathlib import Path

import pytest

from api.locking import STRATEGIES as IMPLEMENTED
from seed.seeders import SEEDERS
from stampede.compare.locking import Comparison, render_markdown
from stampede.compare.pgbench import Pgbench, best
from stampede.compare.plot import render_page, render_png
from stampede.compare.proof import append_run, choose_plans, find_faults, read_runs, render_matrix
from stampede.compare.runs import STRATEGIES, Run, read_run
from stampede.errors import StampedeError
from stampede.plans import list_plans

VERDICT = {
    "verdict": "FAIL",
    "system": "registration",
    "plan": {
        "name": "hot_course",
        "run_time": "30s",
        "winners": "Register for Course [ENROLLED]",
        "losers": "Register for Course [course_full]",
    },
    "reasons": [{"verdict": "FAIL", "text": "too many"}],
    "load": {
        "duration_s": 10.0,
        "rows": [
            {"name": "Register for Course [ENROLLED]", "p50_ms": 5.0, "p99_ms": 9.0},
            {"name": "Register for Course [course_full]", "p50_ms": 4.0, "p99_ms": 8.0},
        ],
    },
    "audit": {"ok": 200, "results": [{"name": "lost", "outcome": "pass", "offenders": 0}]},
    "checks": [{"name": "enrolled_within_capacity", "outcome": "fail", "offenders": 3}],
    "thresholds": [{"threshold": "error_rate <= 0%", "outcome": "fail"}],
    "environment": {"usage": {"retries": 50, "lock_waiters": 2.5, "components": {"postgres": {"cpu_s": 1.0}}}},
}


def run(strategy: str, verdict: str = "PASS", speed: float = 100.0, delay_ms: float = 0, **anomalies: int) -> Run:
    return Run(strategy, delay_ms, verdict, (), speed, (5, 9), None, 0.0, None, None, anomalies)


def test_lab_knows_the_strategies_that_the_target_has() -> None:
    assert tuple(IMPLEMENTED) == STRATEGIES


def test_run_is_read_from_its_verdict() -> None:
    assert read_run(VERDICT, "none", 1.0) == Run(
        "none",
        1.0,
        "FAIL",
        ("too many",),
        20.0,
        (5.0, 9.0),
        (4.0, 8.0),
        0.25,
        5.0,
        2.5,
        {"enrolled_within_capacity": 3, "error_rate <= 0%": 1},
        "registration/hot_course",
        "30s",
    )


def test_right_strategy_that_fails_once_is_a_fault() -> None:
    assert find_faults([run("atomic"), run("atomic", "UNKNOWN")], ["atomic"]) == [
        "atomic is right, but 1 of 2 runs did not pass"
    ]


def test_wrong_strategy_may_slip_through_once_in_twenty() -> None:
    caught = [run("none", "FAIL", lost=1)] * 19
    assert find_faults([*caught, run("none")], ["none"]) == []
    assert find_faults([*caught[:-1], run("none"), run("none", "UNKNOWN")], ["none"]) == [
        "none is wrong, but only 18 of 20 runs were caught"
    ]


def test_slow_is_not_caught_and_refused_for_no_reason_is() -> None:
    assert not run("none", "FAIL", **{"p95 < 1000ms": 1}).is_caught
    assert run("snapshot", "FAIL", **{"error_rate <= 0%": 1}).is_caught


def test_strategy_that_was_never_run_is_a_fault() -> None:
    assert find_faults([], ["none"]) == ["none was never run"]


def test_matrix_counts_what_fired_per_strategy() -> None:
    runs = [run("row_lock"), run("none", "FAIL", lost=2), run("none", "FAIL", **{"p95 < 1s": 1})]
    matrix = render_matrix(runs, ["lost", "phantom"])
    assert "| `lost` | 0 | 1/2 |" in matrix
    assert "| `phantom` | 0 | 0 |" in matrix
    assert "| `p95 < 1s` | 0 | 1/2 |" in matrix
    assert "| **FAIL** | 0 | 2/2 |" in matrix


def test_kept_runs_read_back(tmp_path: Path) -> None:
    for one in (run("row_lock"), run("none", "FAIL", lost=2)):
        append_run(tmp_path / "runs.jsonl", one)
    assert [one.strategy for one in read_runs(tmp_path / "runs.jsonl")] == ["row_lock", "none"]
    assert read_runs(tmp_path / "runs.jsonl")[1].anomalies == {"lost": 2}


@pytest.fixture
def comparison() -> Comparison:
    runs = (run("row_lock", speed=600), run("row_lock", speed=800), run("atomic", speed=900), run("none", "FAIL", 50))
    slow = (run("row_lock", speed=70, delay_ms=5), run("atomic", speed=90, delay_ms=5))
    measured = (Pgbench("row_lock", 4, 900), Pgbench("row_lock", 8, 1000), Pgbench("atomic", 4, 1800))
    return Comparison("registration/hot_course", (), (*runs, *slow), measured, "2 cores")


def test_each_strategy_is_held_against_its_own_transaction(comparison: Comparison) -> None:
    assert best(comparison.pgbench, "row_lock").clients == 8
    table = render_markdown(comparison)
    assert "| row_lock | 700 | 0.70 | 5 / 9 ms |" in table
    assert "| atomic | 900 | 0.50 |" in table
    assert "| none (wrong) | 50 | 0.05 |" in table
    assert "| row_lock | 700 | 70 |" in table


def test_pgbench_is_as_fast_as_the_median_of_its_rounds() -> None:
    rounds = [
        Pgbench("atomic", clients, speed) for clients, speed in ((4, 900), (4, 100), (4, 500), (8, 600), (8, 600))
    ]
    assert best(rounds, "atomic") == Pgbench("atomic", 8, 600)


def test_every_system_proves_every_strategy_and_forgetful_redis_the_one_it_breaks() -> None:
    for system in SEEDERS:
        chosen = choose_plans(list_plans(), system)
        assert chosen.keys() == set(STRATEGIES)
        assert chosen["redis_only"] != chosen["none"] == chosen["row_lock"]
    with pytest.raises(StampedeError, match="No plan of 'bakery' says"):
        choose_plans(list_plans(), "bakery")


def test_picture_and_page_hold_the_comparison(comparison: Comparison) -> None:
    png = render_png(comparison)
    assert png.startswith(b"\x89PNG")
    page = render_page(comparison, png)
    assert "<td>row_lock<td>700<td>0.70" in page
    assert "data:image/png;base64,iVBOR" in page
