"""Every planted wrong is reported by exactly the checks and audits that its header names."""

import re
from pathlib import Path

import pytest

from stampede.verify.checks import NO_ROWS, run_checks
from tests.integration.scene import RULES, Rules, Scene

VIOLATIONS = [
    pytest.param(rules, path, id=f"{rules.system}-{path.stem}") for rules in RULES for path in rules.violations
]
every_system = pytest.mark.parametrize("rules", RULES, ids=lambda rules: rules.system)


def fires(path: Path) -> set[str]:
    header = re.findall(r"^-- (plants|fires):\s*(.+?)\s*$", path.read_text(), re.MULTILINE)
    assert [key for key, _ in header] == ["plants", "fires"]
    return set(header[1][1].split(", "))


@every_system
def test_seeded_world_passes_every_check(scenes: Scene, rules: Rules) -> None:
    scenes.clear()
    outcomes = {result.name: (result.outcome, result.reason) for result in run_checks(scenes.connection, rules.checks)}
    assert outcomes == dict.fromkeys(outcomes, ("pass", ""))


@every_system
def test_true_history_passes_everything(scene: Scene, rules: Rules, tmp_path: Path) -> None:
    results = scene.judge(rules, tmp_path)
    assert {name: (result.outcome, result.rows, result.reason) for name, result in results.items()} == dict.fromkeys(
        rules.names, ("pass", (), "")
    )
    assert {name for name, result in results.items() if result.population == 0} == set()


@pytest.mark.parametrize(("rules", "path"), VIOLATIONS)
def test_violation_fires_what_it_names(scene: Scene, rules: Rules, path: Path, tmp_path: Path) -> None:
    scene.plant(path)
    results = scene.judge(rules, tmp_path)
    assert {name for name, result in results.items() if result.outcome == "fail"} == fires(path)
    # A check with nothing left to look at does not pass.
    assert {result.reason for result in results.values() if result.outcome == "unknown"} <= {NO_ROWS}
    assert {result.outcome for result in results.values()} >= {"pass", "fail"}
    assert all(row.entity for result in results.values() for row in result.rows)


@every_system
def test_everything_has_a_violation(rules: Rules) -> None:
    caught = set().union(*(fires(path) for path in rules.violations))
    assert caught == rules.names
