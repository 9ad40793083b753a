from pathlib import Path
from typing import Any

import pytest

from stampede.errors import StampedeError
from stampede.lab.proof import append_run, choose_plans, find_faults, read_runs, render_matrix
from stampede.lab.runs import Run
from stampede.suite.model import Guard, Suite
from stampede.suite.plans import Plan, list_plans
from tests.unit.stampede.builders import make_plan

LOCK = Guard("row_lock", right=("row_lock", "atomic"), wrong=("none", "cached"))


def run(strategy: str, verdict: str = "PASS", **anomalies: int) -> Run:
    return Run(strategy, 0, verdict, (), 100.0, (5, 9), None, 0.0, None, None, anomalies)


def plan(name: str, *proves: str, **fields: Any) -> Plan:
    return Plan(**{**make_plan().__dict__, "name": name, "proves": proves, **fields})


def test_plan_that_names_a_strategy_goes_first() -> None:
    plans = [plan("rush", "*"), plan("flush", "cached"), plan("bake", "atomic", system="bakery")]
    expected = dict.fromkeys(("row_lock", "atomic", "none"), "shop/rush") | {"cached": "shop/flush"}
    assert choose_plans(plans, "shop", LOCK) == expected


def test_strategy_without_a_plan_is_named() -> None:
    with pytest.raises(StampedeError, match="No plan of 'shop' says with `proves` that it proves atomic, none"):
        choose_plans([plan("rush", "row_lock", "cached")], "shop", LOCK)


def test_right_strategy_that_fails_once_is_a_fault() -> None:
    runs = [run("atomic"), run("atomic"), run("atomic", "UNKNOWN")]
    assert find_faults(runs, ["atomic"], LOCK) == ["atomic is right, but 1 of 3 runs did not pass"]
    assert find_faults(runs[:2], ["atomic"], LOCK) == []


def test_wrong_strategy_may_slip_through_once() -> None:
    caught = [run("none", "FAIL", lost=1)] * 19
    assert find_faults([*caught, run("none")], ["none"], LOCK) == []
    assert find_faults([*caught[:-1], run("none"), run("none", "UNKNOWN")], ["none"], LOCK) == [
        "none is wrong, but only 18 of 20 runs were caught"
    ]


def test_strategy_that_was_never_run_is_a_fault() -> None:
    assert find_faults([], ["none"], LOCK) == ["none was never run"]


def test_matrix_counts_what_fired_per_strategy() -> None:
    runs = [run("row_lock"), run("none", "FAIL", lost=2), run("none", "FAIL", **{"p95 < 1s": 1})]
    lines = render_matrix(runs, ["lost", "phantom"], LOCK).splitlines()
    assert lines[0] == "|  | row_lock | none |"
    for row in ("| `lost` | 0 | 1/2 |", "| `phantom` | 0 | 0 |", "| `p95 < 1s` | 0 | 1/2 |", "| **FAIL** | 0 | 2/2 |"):
        assert row in lines


def test_kept_runs_read_back(tmp_path: Path) -> None:
    for one in (run("row_lock"), run("none", "FAIL", lost=2)):
        append_run(tmp_path / "runs.jsonl", one)
    kept = read_runs(tmp_path / "runs.jsonl")
    assert [(one.strategy, one.anomalies) for one in kept] == [("row_lock", {}), ("none", {"lost": 2})]


def test_every_system_proves_every_strategy(repository: Suite) -> None:
    plans = list_plans(repository)
    for system in repository.systems:
        for guard in repository.guards.values():
            assert choose_plans(plans, system, guard).keys() == set(guard.strategies)
        chosen = choose_plans(plans, system, repository.guards["LOCKING"])
        assert chosen["redis_only"] != chosen["none"] == chosen["row_lock"]
