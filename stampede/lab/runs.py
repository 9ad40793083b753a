"""Runs of one plan under one strategy after the other, each on a stack of its own, as `stampede run` makes them."""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stampede.console import say
from stampede.errors import StampedeError
from stampede.stack.local import LocalStack
from stampede.suite.model import Guard, Suite

STOP_TIMEOUT_S = 60
INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Run:
    """The part of a run's verdict.json that is compared. Latencies in ms, None where no request won or lost.

    `anomalies` counts the offending rows per failed check, audit or missed threshold.
    """

    strategy: str
    delay_ms: float
    verdict: str
    reasons: tuple[str, ...]
    accepted_per_s: float
    winners_ms: tuple[float, float] | None
    losers_ms: tuple[float, float] | None
    retries_per_success: float
    database_cpu_ms: float | None
    lock_waiters: float | None
    anomalies: dict[str, int]
    plan: str = ""
    run_time: str = ""

    @property
    def is_caught(self) -> bool:
        """Whether the verdict says that answers were false or refused for no reason; slow is not wrong."""
        return self.verdict == "FAIL" and any(re.match(r"\w+$|error_rate", name) for name in self.anomalies)


def require_down(suite: Suite) -> None:
    """Check that no stack of the suite runs: each run starts one with its own strategy.

    Raises:
        StampedeError: one does.
    """
    stack = LocalStack(suite)
    stack.stop_orphan(say)
    if stack.is_supervised():
        raise StampedeError("The lab is up; `stampede down` first: each strategy gets a lab of its own.")


@dataclass(frozen=True, slots=True)
class Series:
    """Runs of one guard of a suite: each sets the guard's variable, and keeps its report below `reports`."""

    suite: Suite
    guard_name: str
    reports: Path

    @property
    def guard(self) -> Guard:
        """The guard that is compared."""
        return self.suite.guards[self.guard_name]

    def run(self, plan: str, strategy: str, arguments: list[str], delay_ms: float = 0) -> Run:
        """Run a plan under a strategy, with so much time added to each round trip to the database.

        Raises:
            StampedeError: the run left no verdict, or was made with another strategy.
        """
        (self.reports / "latest").unlink(missing_ok=True)  # a run without a verdict must not get the one before's
        code, said = self._start(plan, strategy, arguments, delay_ms)
        if code == INTERRUPTED:
            raise StampedeError(f"The run under {strategy} was interrupted, so it does not count.")
        file = self.reports / "latest" / "verdict.json"
        if not file.exists():
            raise StampedeError(f"The run under {strategy} left no verdict: {_last_line(said)}")
        verdict = json.loads(file.read_text())
        if (active := verdict["strategies"].get(self.guard_name, strategy)) != strategy:
            raise StampedeError(f"The run under {strategy} was made with {active}.")
        return read_run(verdict, strategy, delay_ms)

    def _start(self, plan: str, strategy: str, arguments: list[str], delay_ms: float) -> tuple[int, str]:
        environment = {
            **os.environ,
            self.guard_name: strategy,
            "DATABASE_DELAY_MS": str(delay_ms),
            "REPORTS": str(self.reports),
        }
        command = [sys.executable, "-m", "stampede", "--suite", str(self.suite.folder), "run", plan, *arguments]
        with subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            try:
                _, said = process.communicate()
            except BaseException:
                self._end(process)
                raise
        return process.returncode, said

    def _end(self, process: subprocess.Popen[str]) -> None:
        """End a run, which stops what it started; kill a run that does not end, and stop its stack."""
        process.terminate()
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            LocalStack(self.suite).down()


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["it printed nothing"])[-1]


def read_run(verdict: dict[str, Any], strategy: str, delay_ms: float) -> Run:
    """The compared part of a verdict.json."""
    load, plan = verdict["load"] or {}, verdict["plan"]
    accepted = sum(one["ok"] for one in verdict["operations"] if one["kind"] == "write")
    usage = verdict["environment"].get("usage", {})
    cpu_s = usage["components"].get("database", {}).get("cpu_s") if usage else None
    results = [*verdict["checks"], *verdict["audits"]]
    anomalies = {one["name"]: one["offenders"] for one in results if _is_anomaly(one)}
    anomalies |= {one["threshold"]: 1 for one in verdict["thresholds"] if one["outcome"] == "fail"}
    return Run(
        strategy,
        delay_ms,
        verdict["verdict"],
        tuple(reason["text"] for reason in verdict["reasons"]),
        accepted / load["total_s"] if load.get("total_s") else 0.0,
        _latency(load, plan["winners"]),
        _latency(load, plan["losers"]),
        (usage.get("counters", {}).get("retries") or 0) / max(1, accepted),
        None if cpu_s is None else 1000 * cpu_s / max(1, accepted),
        usage.get("lock_waiters"),
        anomalies,
        f"{verdict['system']}/{plan['name']}",
        plan["run_time"],
    )


def _is_anomaly(result: dict[str, Any]) -> bool:
    """Whether a check or audit failed; a warning does not change the verdict, so it catches nothing."""
    return bool(result["outcome"] == "fail" and result["severity"] == "critical")


def _latency(load: dict[str, Any], name: str) -> tuple[float, float] | None:
    rows = [row for row in load.get("rows", []) if row["name"] == name]
    return (rows[0]["p50_ms"], rows[0]["p99_ms"]) if rows else None
