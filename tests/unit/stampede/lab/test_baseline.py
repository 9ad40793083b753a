from pathlib import Path

import pytest

from stampede.errors import StampedeError
from stampede.judge.verdict import judge
from stampede.lab.baseline import keep_baseline
from stampede.suite.baseline import read_baseline
from tests.unit.stampede.builders import FAILED, make_findings, make_suite


def test_passed_run_gives_its_plans_baseline(tmp_path: Path) -> None:
    judgement = judge(make_findings(plan={"baseline": "baselines/rush.json"}))
    path = keep_baseline(make_suite(tmp_path), judgement, None)
    assert path == tmp_path / "baselines" / "rush.json"
    assert read_baseline(path).keys() == {"Buy [sold_out]"}


def test_named_file_wins_over_the_plans(tmp_path: Path) -> None:
    judgement = judge(make_findings(plan={"baseline": "rush.json"}))
    assert keep_baseline(make_suite(tmp_path), judgement, Path("mine.json")) == tmp_path / "mine.json"


def test_failed_run_gives_none(tmp_path: Path) -> None:
    judgement = judge(make_findings(plan={"baseline": "rush.json"}, checks=(FAILED,)))
    with pytest.raises(StampedeError, match="ended in FAIL: only a run that PASSED"):
        keep_baseline(make_suite(tmp_path), judgement, None)
    assert list(tmp_path.iterdir()) == []


def test_plan_without_baseline_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StampedeError, match="names no baseline: add"):
        keep_baseline(make_suite(tmp_path), judge(make_findings()), None)
