"""Compares thresholds with the figures of a run."""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from stampede.load.statistics import Tally
from stampede.suite.thresholds import Threshold

COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True, slots=True)
class ThresholdResult:
    """A threshold, the measured value, and whether it held; unknown where nothing was measured."""

    threshold: str
    metric: str
    actual: float | None
    unit: str
    outcome: Literal["pass", "fail", "unknown"]

    @property
    def measured(self) -> str:
        """The measured value with its unit."""
        if self.actual is None:
            return "nothing measured"
        return f"{self.actual:,.1f} {self.unit}" if self.unit else f"{self.actual:,.0f}"


def evaluate(threshold: Threshold, tally: Tally | None) -> ThresholdResult:
    """Compare a threshold with the figures of a run; unknown where nothing was measured."""
    actual = _measure(threshold, tally) if tally else None
    if actual is None:
        return ThresholdResult(threshold.text, threshold.metric, None, threshold.unit, "unknown")
    held = COMPARE[threshold.compare](actual, threshold.bound)
    return ThresholdResult(threshold.text, threshold.metric, actual, threshold.unit, "pass" if held else "fail")


def _measure(threshold: Threshold, tally: Tally) -> float | None:
    """None where no request was made, or none could have the outcome; a possible outcome that never came counts 0."""
    chosen = tally.select(threshold.scope) if threshold.scope else tally
    if chosen.latency.total == 0:
        return None
    return chosen.metric(threshold.metric) if threshold.unit else chosen.count_outcome(threshold.metric)
