import json
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from stampede.errors import StampedeError
from stampede.judge.verdict import judge
from stampede.lab.runs import Run, Series, read_run
from stampede.observe.usage import Component, Usage
from stampede.report.files import render_json
from stampede.suite.model import Guard
from tests.unit.stampede.builders import FAILED, KEPT, LOAD, PASSED, make_findings, make_suite

USAGE = Usage(2.5, {"database": Component(1.8, 0.2, None)}, None, None, {}, {"retries": 45.0})


def verdict(**fields: Any) -> dict[str, Any]:
    """verdict.json of a run in which 90 writes were accepted in 10 s."""
    made = make_findings({"winners": "Buy [ok]", "losers": "Buy [sold_out]"}, **fields)
    described: dict[str, Any] = json.loads(render_json(judge(made)))
    return described


def run(anomalies: dict[str, int], verdict: str = "FAIL") -> Run:
    return Run("none", 0, verdict, (), 100.0, None, None, 0.0, None, None, anomalies)


def test_run_is_read_from_its_verdict() -> None:
    read = read_run(verdict(checks=(FAILED,), environment={"usage": asdict(USAGE)}), "none", 1.0)
    assert read == Run(
        strategy="none",
        delay_ms=1.0,
        verdict="FAIL",
        reasons=("check seats: 1 offending, item 1 (expected at most 10, is 11)",),
        accepted_per_s=9.0,
        winners_ms=None,
        losers_ms=(1.0, 1.0),
        retries_per_success=0.5,
        database_cpu_ms=20.0,
        lock_waiters=2.5,
        anomalies={"seats": 1},
        plan="shop/rush",
        run_time="30s",
    )


def test_missed_threshold_is_an_anomaly() -> None:
    missed = replace(KEPT, threshold="error_rate <= 0%", outcome="fail")
    assert read_run(verdict(thresholds=(missed,)), "none", 0).anomalies == {"error_rate <= 0%": 1}


def test_failed_warning_is_no_anomaly() -> None:
    warned = replace(FAILED, severity="warning")
    assert read_run(verdict(checks=(PASSED, warned)), "none", 0).anomalies == {}


@pytest.mark.parametrize("load", [None, replace(LOAD, total_s=0.0, rows=())])
def test_run_without_load_accepted_nothing(load: Any) -> None:
    read = read_run(verdict(load=load, environment={}), "none", 0)
    assert (read.accepted_per_s, read.losers_ms, read.database_cpu_ms, read.lock_waiters) == (0.0, None, None, None)


@pytest.mark.parametrize(
    ("one", "caught"),
    [
        (run({"lost": 1}), True),
        (run({"error_rate <= 0%": 1}), True),
        (run({"p95 < 1000ms": 1}), False),
        (run({"Buy: p95 < 1000ms": 1, "lost": 2}), True),
        (run({}), False),
        (run({"lost": 1}, "UNKNOWN"), False),
    ],
)
def test_slow_is_not_caught(one: Run, caught: bool) -> None:
    assert one.is_caught is caught


def series(tmp_path: Path, strategy: str = "row_lock") -> Series:
    """A series in a folder without a suite: each run it starts is refused at once."""
    guard = Guard(strategy, (strategy,))
    return Series(make_suite(tmp_path, guards={"LOCK": guard}), "LOCK", tmp_path / "reports")


def test_run_without_a_verdict_is_quoted(tmp_path: Path) -> None:
    latest = tmp_path / "reports" / "latest"
    (tmp_path / "reports" / "old").mkdir(parents=True)
    (tmp_path / "reports" / "old" / "verdict.json").write_text("{}")
    latest.symlink_to("old")
    with pytest.raises(StampedeError, match=r"under row_lock left no verdict: stampede: There is no suite\.toml in"):
        series(tmp_path).run("shop/rush", "row_lock", [])
    assert not latest.exists()


@pytest.fixture
def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in for the program: it notes how it was started, leaves a verdict of `none`, and exits with `code`."""
    (tmp_path / "given.json").write_text(json.dumps(verdict(strategies={"LOCK": "none"})))
    program = tmp_path / "program"
    program.write_text(
        f'#!/bin/sh\ncd {tmp_path}\necho "$LOCK $DATABASE_DELAY_MS $@" > started\n'
        "mkdir -p $REPORTS/latest\ncp given.json $REPORTS/latest/verdict.json\nexit $(cat code 2>/dev/null || echo 0)\n"
    )
    program.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(program))
    return tmp_path / "started"


def test_run_gets_strategy_and_delay(started: Path) -> None:
    one = series(started.parent, "none").run("shop/rush", "none", ["--run-time", "5s"], 2.5)
    assert (one.strategy, one.delay_ms, one.verdict) == ("none", 2.5, "PASS")
    expected = f"none 2.5 -m stampede --suite {started.parent} run shop/rush --run-time 5s"
    assert started.read_text().strip() == expected


def test_run_with_another_strategy_is_refused(started: Path) -> None:
    with pytest.raises(StampedeError, match="under row_lock was made with none"):
        series(started.parent).run("shop/rush", "row_lock", [])


def test_interrupted_run_does_not_count(started: Path) -> None:
    (started.parent / "code").write_text("130")
    with pytest.raises(StampedeError, match="under none was interrupted"):
        series(started.parent, "none").run("shop/rush", "none", [])
