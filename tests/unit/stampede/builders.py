"""Values that the tests of many packages start from: a suite, a plan, check results, findings."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from stampede.judge.findings import ActionCount, Findings
from stampede.judge.thresholds import ThresholdResult
from stampede.load.statistics import Load, RequestRow, WorkerRow
from stampede.settings import Settings
from stampede.suite.load import load_suite
from stampede.suite.model import Suite, Target
from stampede.suite.plans import Plan, describe_plan
from stampede.verify.results import CheckResult, Offender

OFFENDER = Offender("item 1", "at most 10", "11", "")
PASSED = CheckResult("seats", "No seat twice.", "critical", "pass", 10, 0, (), 1.0)
FAILED = CheckResult("seats", "No seat twice.", "critical", "fail", 10, 1, (OFFENDER,), 1.0)
CRASHED = CheckResult("seats", "No seat twice.", "critical", "unknown", 0, 0, (), 1.0, "did not run: timeout")
SKIPPED = CheckResult("lost", "Nothing is lost.", "critical", "skipped", 0, 0, (), 0.0, "no effects")
KEPT = ThresholdResult("p95 < 500ms", "p95", 1.0, "ms", "pass")
WORKER = WorkerRow("worker", 100, 100, 0.4, True)
ROW = RequestRow("Buy [sold_out]", 100, 0, 1.0, 1.0, 1.0, 1.0, 1.0, "POST")
LOAD = Load(100, 0, 10.0, 1.0, {10: 100}, (ROW,), (), (WORKER,), total_s=10.0)
BOUGHT = ActionCount("buy", "write", 90, 10, 0)
VIEWED = ActionCount("view", "read", 20, 0, 0)


def make_suite(folder: Path = Path("/nowhere"), **fields: Any) -> Suite:
    """A suite of a target on a port where nothing listens; `settings` are fields of the tool's settings."""
    settings = Settings(_env_file=None, **{"locust_url": "http://127.0.0.1:1", **fields.pop("settings", {})})
    return Suite(folder=folder, settings=settings, **{"target": Target("http://127.0.0.1:1"), **fields})


def make_plan(**fields: Any) -> Plan:
    given = {"description": "All buy.", "user_classes": ("Buyer",), "users": 10, "spawn_rate": 10, "run_time": "30s"}
    return Plan(system="shop", name="rush", **{**given, **fields})


def make_report(
    latencies: Mapping[str, Sequence[Sequence[int]]], part: str = "steady", **changes: Any
) -> dict[str, Any]:
    """A worker's report of one phase from 10.0 to 20.0; `changes` are fields of the phase or of the report."""
    counts = {"latencies": latencies, "failures": {}, "statuses": {}, "lags": [], "stage": 0}
    phase = {**counts, "part": part, "began_at": 10.0, "ended_at": 20.0}
    report = {"cpu_s": 2.0, "operations": 3, "complete": True, "offset_s": 0.0, "seconds": [], "outcomes": []}
    report |= {"first_at": 10.0, "last_at": 20.0, "kinds": dict.fromkeys(latencies, "GET")}
    phase |= {name: value for name, value in changes.items() if name in phase}
    return {**report, "phases": [phase], **{name: value for name, value in changes.items() if name not in phase}}


def make_findings(plan: Mapping[str, Any] | None = None, **fields: Any) -> Findings:
    """The findings of a run in which all is well; `plan` are fields of its plan."""
    described = describe_plan(make_plan(**(plan or {})))
    well = {"load": LOAD, "thresholds": (KEPT,), "operations": (BOUGHT, VIEWED), "checks": (PASSED,)}
    at = ("2026-01-01T00:00:00+00:00", "2026-01-01T00:01:00+00:00")
    return Findings("shop", "shop-rush-1", *at, **{"plan": described, "audits": (PASSED,), **well, **fields})


def write_suite(folder: Path, suite: str, **plans: str) -> Path:
    """Write suite.toml and plans/<system>.toml."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "suite.toml").write_text(suite)
    (folder / "plans").mkdir(exist_ok=True)
    for system, text in plans.items():
        (folder / "plans" / f"{system}.toml").write_text(text)
    return folder


def read_suite(folder: Path, suite: str, **plans: str) -> Suite:
    return load_suite(write_suite(folder, suite, **plans))
