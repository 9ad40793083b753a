"""Thresholds: what must hold of the speed, written as in `p95 < 500ms`."""

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from stampede.errors import StampedeError
from stampede.statistics import Load

COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
UNITS = {"ms": ("ms", 1.0), "s": ("ms", 1000.0), "%": ("%", 1.0), "/s": ("/s", 1.0)}
GRAMMAR = re.compile(
    r"(?P<metric>p\d{1,2}(?:\.\d+)?|average|max|error_rate|throughput)"
    r"\s*(?P<compare><=|>=|<|>)\s*(?P<bound>\d+(?:\.\d+)?)\s*(?P<unit>ms|s|%|/s)"
)
METRIC_UNITS = {"error_rate": "%", "throughput": "/s"}


@dataclass(frozen=True, slots=True)
class Threshold:
    """A metric, a comparison, and its bound in the metric's unit (ms, % or /s)."""

    text: str
    metric: str
    compare: str
    bound: float
    unit: str


@dataclass(frozen=True, slots=True)
class ThresholdResult:
    """A threshold, what was measured, and whether it held; unknown where nothing was measured."""

    threshold: str
    metric: str
    actual: float | None
    unit: str
    outcome: Literal["pass", "fail", "unknown"]


def parse_threshold(text: str) -> Threshold:
    """Read `p95 < 500ms`, `average < 0.2s`, `error_rate < 1%`, `throughput > 500/s`.

    Raises:
        StampedeError: it does not read, or the unit is not the metric's.
    """
    match = GRAMMAR.fullmatch(text.strip())
    if match is None:
        raise StampedeError(
            f"The threshold {text!r} does not read; write it like 'p95 < 500ms', 'error_rate < 1%' "
            "or 'throughput > 500/s'."
        )
    unit, factor = UNITS[match["unit"]]
    metric = match["metric"]
    if unit != METRIC_UNITS.get(metric, "ms"):
        raise StampedeError(
            f"The threshold {text!r} measures {metric} in {METRIC_UNITS.get(metric, 'ms')}, not {unit}."
        )
    return Threshold(text.strip(), metric, match["compare"], float(match["bound"]) * factor, unit)


def evaluate(threshold: Threshold, load: Load | None) -> ThresholdResult:
    """Hold a threshold against what was measured."""
    actual = None if load is None or load.requests == 0 else load.metric(threshold.metric)
    if actual is None:
        return ThresholdResult(threshold.text, threshold.metric, None, threshold.unit, "unknown")
    held = COMPARE[threshold.compare](actual, threshold.bound)
    return ThresholdResult(threshold.text, threshold.metric, actual, threshold.unit, "pass" if held else "fail")
