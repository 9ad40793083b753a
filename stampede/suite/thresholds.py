"""Thresholds: limits on latencies, throughput, error rate and counts of outcomes, such as `p95 < 500ms`."""

import re
from dataclasses import dataclass

from stampede.errors import StampedeError

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

    Without a unit the metric is an outcome, and the count of requests with this outcome is compared.
    """

    text: str
    metric: str
    compare: str
    bound: float
    unit: str
    scope: str | None = None


def parse_threshold(text: str) -> Threshold:
    """Parse `p95 < 500ms`, `error_rate < 1%`, `GET: average < 0.2s`, `Login: throughput > 5/s`, `sold_out > 0`.

    Raises:
        StampedeError: it cannot be parsed, or the unit does not belong to the metric.
    """
    text = text.strip()
    match = GRAMMAR.fullmatch(text)
    if match is None:
        raise StampedeError(
            f"Cannot parse threshold {text!r}: expected a limit such as 'p95 < 500ms', 'error_rate < 1%', "
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
