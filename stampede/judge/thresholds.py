"""Compares thresholds with the figures of a run."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from stampede.faults.outage import Outages
from stampede.load.account import Account, View
from stampede.load.statistics import Load, Tally
from stampede.observe.usage import Usage
from stampede.suite.thresholds import FAILURES, LONGEST, REQUESTS, THROUGHPUT, Threshold

MS_PER_S = 1000

COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
BYTES_PER_MB = 1e6
# Of the event loop, p99. Measured on 2 cores that the whole stack shares: 6 to 57 ms at full speed, 200 to 1,000 ms
# when others took the cores.
LAG_BOUND_MS = 100.0
DECIMALS = {"cores": 2, "": 0}


@dataclass(frozen=True, slots=True)
class ThresholdResult:
    """A threshold, the measured value, and whether it held; unknown with a reason where it cannot be told."""

    threshold: str
    metric: str
    actual: float | None
    unit: str
    outcome: Literal["pass", "fail", "unknown"]
    reason: str = ""

    @property
    def measured(self) -> str:
        """The measured value with its unit, and why it is not judged."""
        if self.actual is None:
            return self.reason or "nothing measured"
        value = f"{self.actual:,.{DECIMALS.get(self.unit, 1)}f} {self.unit}".strip()
        return f"{value} ({self.reason})" if self.reason else value


@dataclass(frozen=True, slots=True)
class Figures:
    """What thresholds are held against."""

    account: Account
    usage: Usage | None = None
    outages: Outages = field(default_factory=Outages)


def find_starvation(load: Load | None) -> str:
    """A sentence where a load generator's event loop was late, so that it measured its own delay; empty if none was."""
    return _describe_starvation({worker.id: worker.lag_p99_ms for worker in load.workers} if load else {})


def _describe_starvation(lag_p99_ms: Mapping[str, float], where: str = "") -> str:
    worker = max(lag_p99_ms, key=lambda one: lag_p99_ms[one], default="")
    if not worker or lag_p99_ms[worker] <= LAG_BOUND_MS:
        return ""
    return (
        f"load generator {worker} was starved{where}: its event loop was {lag_p99_ms[worker]:.0f} ms late (p99, "
        f"{LAG_BOUND_MS:.0f} ms at most), so the latencies are its own; use fewer users, or more cores"
    )


def _find_starved(threshold: Threshold, account: Account) -> str:
    """Why the latencies that a threshold compares are the load generator's own; empty where they are the target's.

    One that names stages asks for the lateness in these alone.
    """
    if threshold.kind != "latency":
        return ""
    stages = [name for name in (threshold.stage, threshold.reference) if name and name in account.stages]
    told = (_describe_starvation(account.stages[name].lag_p99_ms, f" in stage {name}") for name in stages)
    return next(filter(None, told), "") if stages else _describe_starvation(account.run.lag_p99_ms)


def evaluate(threshold: Threshold, figures: Figures | None) -> ThresholdResult:
    """Compare a threshold with the figures of a run; unknown where nothing was measured, or not reliably."""
    if threshold.kind == "outage":
        return _evaluate_outage(threshold, figures)
    actual = _measure(threshold, figures) if figures else None
    bound = _find_bound(threshold, figures) if figures else None
    starved = _find_starved(threshold, figures.account) if figures else ""
    metric = f"{threshold.metric} {threshold.scope}" if threshold.kind == "resource" else threshold.metric
    if actual is None or bound is None or starved:
        return ThresholdResult(threshold.text, metric, actual, threshold.unit, "unknown", starved)
    held = COMPARE[threshold.compare](actual, bound)
    reason = f"the bound is {bound:,.1f} {threshold.unit}" if threshold.reference else ""
    return ThresholdResult(threshold.text, metric, actual, threshold.unit, "pass" if held else "fail", reason)


def _find_bound(threshold: Threshold, figures: Figures) -> float | None:
    """None where the stage that the bound is a percentage of was not measured."""
    if threshold.reference is None:
        return threshold.bound
    reference = _measure(replace(threshold, stage=threshold.reference), figures)
    return None if reference is None else reference * threshold.bound / 100


def _evaluate_outage(threshold: Threshold, figures: Figures | None) -> ThresholdResult:
    """A recovery that the end of the load cut off has failed if it took too long by then, else it is unknown.

    A starved load generator sees the next success too late, never too early: its missed limit is unknown.
    """
    outage = figures.outages.metric(threshold.metric) if figures else None
    if figures is None or outage is None:
        return ThresholdResult(threshold.text, threshold.metric, None, threshold.unit, "unknown")
    actual_ms = outage.seconds * MS_PER_S
    held = COMPARE[threshold.compare](actual_ms, threshold.bound)
    starved = "" if held else _describe_starvation(figures.account.run.lag_p99_ms)
    cut_off = held and outage.open and threshold.metric == "recovery"
    outcome: Literal["pass", "fail", "unknown"] = "unknown" if cut_off or starved else "pass" if held else "fail"
    return ThresholdResult(threshold.text, threshold.metric, actual_ms, threshold.unit, outcome, starved)


def _measure(threshold: Threshold, figures: Figures) -> float | None:
    """None where no request was made, or none could have the outcome; a possible outcome that never came counts 0."""
    if threshold.kind == "resource":
        return _measure_resource(threshold, figures.usage)
    account = figures.account
    view = account.stages.get(threshold.stage) if threshold.stage else account.run
    if view is None:
        return None
    whole = _select(view.whole, threshold)
    if whole.latency.total == 0:
        return None
    if threshold.kind == "error_rate":
        return whole.error_rate
    if threshold.kind == "count":
        return _count(threshold, whole)
    if threshold.metric == LONGEST:
        return whole.latency.max_ms
    window = _find_window(threshold, account, view)
    if threshold.kind == "latency":
        return window.latency.metric(threshold.metric) if window.latency.total else None
    if view.window.duration_s <= 0 or not view.window.latency.total:
        return None
    count = window.latency.total if threshold.metric == THROUGHPUT else _count(threshold, window)
    return None if count is None else window.per_s(count)


def _select(tally: Tally, threshold: Threshold) -> Tally:
    return tally.select(threshold.scope) if threshold.scope else tally


def _find_window(threshold: Threshold, account: Account, view: View) -> Tally:
    """The window; the ramp for requests that were made there alone, such as signing in."""
    window = _select(view.window, threshold)
    if threshold.scope and not threshold.stage and not window.latency.total:
        ramp = _select(account.ramp, threshold)
        return ramp if threshold.kind == "latency" else window
    return window


def _count(threshold: Threshold, tally: Tally) -> int | None:
    word = threshold.metric
    if word == FAILURES:
        return tally.failed
    if word == REQUESTS:
        return tally.latency.total
    if threshold.status_class:
        return tally.count_status(threshold.status_class)
    return tally.count_outcome(word)


def _measure_resource(threshold: Threshold, usage: Usage | None) -> float | None:
    """Average cores, peak megabytes, most sessions, a gauge's maximum or a counter's increase."""
    if usage is None:
        return None
    name = threshold.scope or ""
    component = usage.components.get(name)
    gauge = usage.connections if threshold.metric == "connections" else usage.gauges.get(name)
    if threshold.metric == "cpu":
        return component.cpu_cores if component else None
    if threshold.metric == "memory":
        return component.memory_bytes / BYTES_PER_MB if component and component.memory_bytes else None
    if threshold.metric == "counter":
        return usage.counters.get(name)
    return gauge.max if gauge else None
