import json
from pathlib import Path

from tests.conftest import wait_until
from tests.e2e.conftest import Lab, interrupt, standing


def test_proof_tells_right_from_wrong(lab: Lab) -> None:
    code, out, err = lab.call(
        *("prove", "registration", "--guard", "LOCKING"),
        *("--strategies", "batched,early_unlock", "--runs", "1", "--run-time", "6s"),
    )
    assert code == 0, out + err
    assert "| **PASS** | 1/1 | 0 |" in out
    assert "| **FAIL** | 0 | 1/1 |" in out
    assert "| `enrolled_within_capacity` | 0 | 1/1 |" in out
    assert lab.processes() == []


def test_comparison_holds_strategies_against_pgbench_and_a_slower_way(lab: Lab) -> None:
    code, out, err = lab.call(
        *("compare", "registration/hot_course", "--guard", "LOCKING", "--strategies", "row_lock"),
        *("--repetitions", "1", "--run-time", "6s", "--delays", "5", "--peer-time", "3"),
    )
    assert code == 0, out + err
    folder = Path(err.strip().splitlines()[-1].removeprefix("Comparison: "))
    assert {path.name for path in folder.glob("comparison.*")} == {
        f"comparison.{kind}" for kind in ("json", "md", "png", "html")
    }
    fields = json.loads((folder / "comparison.json").read_text())
    speeds = {run["delay_ms"]: run["accepted_per_s"] for run in fields["runs"]}
    assert speeds[0.0] > speeds[5.0] > 0
    assert {(one["script"], one["clients"]) for one in fields["peers"]} == {
        (script, clients) for script in ("row_lock", "atomic") for clients in (4, 8, 16, 32)
    }
    assert lab.processes() == []


def test_interrupted_comparison_leaves_nothing_running(lab: Lab) -> None:
    comparison = lab.start(
        *("compare", "registration/hot_course", "--guard", "LOCKING", "--strategies", "row_lock"),
        *("--repetitions", "1", "--run-time", "30s", "--delays", "", "--peer-time", "1"),
    )
    lab.await_line(comparison, "measuring the database alone")
    lab.await_line(comparison, "stopping what was started")  # the first round of pgbench is over
    wait_until(lambda: lab.processes() == [])
    wait_until(lambda: lab.find("locust", "--worker") != [])  # of the run that follows
    assert interrupt(comparison)[0] == 130
    assert lab.processes() == []
    with standing(lab):
        assert lab.call("status")[0] == 0


def test_forgetful_redis_catches_who_counts_in_it(lab: Lab) -> None:
    code, out, _ = lab.call("run", "registration/race_with_forgetful_redis", "--run-time", "8s", LOCKING="redis_only")
    assert code == 1, out
    assert any(check["name"] == "enrolled_within_capacity" and check["offenders"] for check in lab.verdict()["checks"])
