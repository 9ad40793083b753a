"""Thresholds: what must hold of the speed and of the outcomes, written as in `p95 < 500ms`."""

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from stampede.errors import StampedeError
from stampede.statistics import Tally

COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
UNITS = {"ms": ("ms", 1.0), "s": ("ms", 1000.0), "%": ("%", 1.0), "/s": ("/s", 1.0)}
GRAMMAR = re.compile(
    r"(?:(?P<scope>\S.*?)\s*:\s*)?(?P<metric>\w[\w .]*?)"
    r"\s*(?P<compare><=|>=|<|>)\s*(?P<bound>\d+(?:\.\d+)?)\s*(?P<unit>ms|s|%|/s)?"
)
METRIC = re.compile(r"p\d{1,2}(\.\d+)?|average|max|error_rate|throughput")
METRIC_UNITS = {"error_rate": "%", "throughput": "/s"}
COUNT = re.compile(r"(?!p\d)\w[\w ]*")  # p100 is a percentile that there is not, not an outcome


@dataclass(frozen=True, slots=True)
class Threshold:
    """A metric, a comparison, and its bound in the metric's unit (ms, % or /s); of all requests or of a scope.

    Without a unit the metric is an outcome, and what is measured is how often the crowd was told it.
    """

    text: str
    metric: str
    compare: str
    bound: float
    unit: str
    scope: str | None = None


@dataclass(frozen=True, slots=True)
class ThresholdResult:
    """A threshold, what was measured, and whether it held; unknown where nothing was measured."""

    threshold: str
    metric: str
    actual: float | None
    unit: str
    outcome: Literal["pass", "fail", "unknown"]

    @property
    def measured(self) -> str:
        """What was measured, in words."""
        if self.actual is None:
            return "nothing measured"
        return f"{self.actual:,.1f} {self.unit}" if self.unit else f"{self.actual:,.0f}"


def parse_threshold(text: str) -> Threshold:
    """Read `p95 < 500ms`, `error_rate < 1%`, `GET: average < 0.2s`, `Login: throughput > 5/s`, `sold_out > 0`.

    Raises:
        StampedeError: it does not read, or the unit is not the metric's.
    """
    text = text.strip()
    match = GRAMMAR.fullmatch(text)
    if match is None:
        raise StampedeError(
            f"The threshold {text!r} does not read; write it like 'p95 < 500ms', 'error_rate < 1%', "
            "'throughput > 500/s', 'Create Order: p95 < 500ms', 'GET: average < 200ms' or 'sold_out <= 10'."
        )
    unit, factor = _read_unit(text, match["metric"], match["unit"])
    if not unit and "." in match["bound"]:
        raise StampedeError(f"The threshold {text!r} counts {match['metric']}, so its bound is a whole number.")
    return Threshold(text, match["metric"], match["compare"], float(match["bound"]) * factor, unit, match["scope"])


def _read_unit(text: str, metric: str, told: str | None) -> tuple[str, float]:
    """The metric's unit and how many of it the told one is; a count has none."""
    if METRIC.fullmatch(metric):
        unit, factor = UNITS[told] if told else ("", 1.0)
        wanted = METRIC_UNITS.get(metric, "ms")
        if unit != wanted:
            raise StampedeError(f"The threshold {text!r} measures {metric} in {wanted}: give its bound in that.")
        return unit, factor
    if told or not COUNT.fullmatch(metric):
        raise StampedeError(
            f"The threshold {text!r} has no metric: write a percentile like p95, average, max, error_rate or "
            "throughput with its unit, or an outcome's name without one, like 'sold_out <= 10'."
        )
    return "", 1.0


def evaluate(threshold: Threshold, tally: Tally | None) -> ThresholdResult:
    """Hold a threshold against what was measured."""
    actual = _measure(threshold, tally) if tally else None
    if actual is None:
        return ThresholdResult(threshold.text, threshold.metric, None, threshold.unit, "unknown")
    held = COMPARE[threshold.compare](actual, threshold.bound)
    return ThresholdResult(threshold.text, threshold.metric, actual, threshold.unit, "pass" if held else "fail")


def _measure(threshold: Threshold, tally: Tally) -> float | None:
    """None where no request was made, or none could have the outcome; one that never came was counted, to 0."""
    chosen = tally.select(threshold.scope) if threshold.scope else tally
    if chosen.latency.total == 0:
        return None
    return chosen.metric(threshold.metric) if threshold.unit else chosen.count_outcome(threshold.metric)
