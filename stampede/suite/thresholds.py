"""Thresholds: limits on latencies, rates, counts of outcomes and resources, such as `p95 < 500ms`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from stampede.errors import StampedeError
from stampede.suite.model import Suite

Kind = Literal["latency", "error_rate", "rate", "count", "resource", "outage"]
UNITS = {
    "ms": ("ms", 1.0),
    "s": ("ms", 1000.0),
    "%": ("%", 1.0),
    "/s": ("/s", 1.0),
    "MB": ("MB", 1.0),
    "GB": ("MB", 1e3),
}
GRAMMAR = re.compile(
    r"(?:stage (?P<stage>\S[^:]*?)\s*:\s*)?(?:(?P<scope>\S.*?)\s*:\s*)?(?P<metric>[\w/][^<>:]*?)"
    r"\s*(?P<compare><=|>=|<|>)\s*(?P<bound>\d+(?:\.\d+)?)\s*(?P<unit>ms|s|%|/s|MB|GB)?"
    r"(?:\s+of stage (?P<reference>\S.*?))?"
)
LATENCY = re.compile(r"p\d{1,2}(\.\d+)?|average|max|longest")
NAMED_OUTCOME = re.compile(r"\S.* \[[^\[\]]+\]")  # `Register [ENROLLED]`: a request's name with its outcome
OUTAGE_METRICS = frozenset({"recovery", "unavailable"})
COUNT = re.compile(r"(?!p\d)\w[\w ]*")  # p100 is a percentile that there is not, not an outcome
STATUS_CLASS = re.compile(r"[1-5]xx")
RESOURCE = re.compile(r"(?P<word>cpu|memory|connections|gauge|counter) (?P<name>\S.*)")
RESOURCE_UNITS = {"cpu": "cores", "memory": "MB"}
DATABASE, GENERATORS = "database", "locust"
FAILURES, REQUESTS, THROUGHPUT, LONGEST = "failures", "requests", "throughput", "longest"
EXAMPLES = (
    "'p95 < 500ms', 'error_rate < 1%', 'throughput > 500/s', 'Create Order: p95 < 500ms', 'GET: average < 200ms', "
    "'sold_out <= 10', '5xx <= 0' or 'cpu api < 1.5'"
)


@dataclass(frozen=True, slots=True)
class Threshold:
    """A metric, a comparison, and its bound in the metric's unit; of all requests or of a scope, of a stage or the run.

    A count has no unit: of an outcome, a status class (`5xx`), `failures`, or `requests` of a scope. A resource's
    metric is `cpu`, `memory`, `connections`, `gauge` or `counter`, and its scope the component or label.
    `longest` is the maximum over the whole load, ramp and tail included. `recovery` is the longest time from a fault
    to the next success, `unavailable` the longest without any success.
    With a `reference`, the bound is in percent of what the same latency was in that stage.
    """

    text: str
    metric: str
    compare: str
    bound: float
    unit: str
    scope: str | None = None
    stage: str | None = None
    kind: Kind = "latency"
    reference: str | None = None

    @property
    def status_class(self) -> int:
        """The first digit of the statuses that it counts; 0 where it counts something else."""
        return int(self.metric[0]) if STATUS_CLASS.fullmatch(self.metric) else 0


def parse_threshold(text: str) -> Threshold:
    """Parse `p95 < 500ms`, `GET: average < 0.2s`, `stage peak: sold_out > 0`, `Buy [ok] > 5/s`, `memory api < 1GB`, or
    `stage after: p95 <= 150% of stage before`.

    Raises:
        StampedeError: it cannot be parsed, or the unit does not belong to the metric.
    """
    text = text.strip()
    match = GRAMMAR.fullmatch(text)
    if match is None:
        raise StampedeError(f"Cannot parse threshold {text!r}: expected a limit such as {EXAMPLES}.")
    metric, scope = match["metric"], match["scope"]
    unit, factor = UNITS[match["unit"]] if match["unit"] else ("", 1.0)
    if NAMED_OUTCOME.fullmatch(metric) and not scope:
        metric, scope = (THROUGHPUT if unit == "/s" else REQUESTS), metric
    if resource := RESOURCE.fullmatch(metric):
        return _parse_resource(text, match, resource["word"], resource["name"], unit, factor)
    if match["reference"]:
        return _parse_relative(text, match, unit)
    kind = _find_kind(text, metric, unit)
    if kind == "outage" and (scope or match["stage"]):
        raise StampedeError(f"The threshold {text!r} has a scope, but {metric} is of all requests: leave it out.")
    if kind == "count" and "." in match["bound"]:
        raise StampedeError(f"The threshold {text!r} counts {metric}, so its bound is a whole number.")
    bound = float(match["bound"]) * factor
    return Threshold(text, metric, match["compare"], bound, unit, scope, match["stage"], kind)


def _parse_relative(text: str, match: re.Match[str], unit: str) -> Threshold:
    if not LATENCY.fullmatch(match["metric"]) or unit != "%" or not match["stage"]:
        raise StampedeError(
            f"The threshold {text!r} compares two stages: write it as 'stage after: p95 <= 150% of stage before'."
        )
    compared = match["metric"], match["compare"], float(match["bound"])
    return Threshold(text, *compared, "ms", match["scope"], match["stage"], "latency", match["reference"])


def _find_kind(text: str, metric: str, unit: str) -> Kind:
    kind: Kind = "latency" if LATENCY.fullmatch(metric) else "error_rate" if metric == "error_rate" else "rate"
    if metric in OUTAGE_METRICS:
        kind = "outage"
    if kind == "rate" and metric != THROUGHPUT:
        if unit not in ("", "/s") or not COUNT.fullmatch(metric):
            raise StampedeError(f"The threshold {text!r} has no metric: write a limit such as {EXAMPLES}.")
        return "rate" if unit else "count"
    wanted = {"latency": "ms", "outage": "ms", "error_rate": "%", "rate": "/s"}[kind]
    if unit != wanted:
        raise StampedeError(f"The threshold {text!r} measures {metric} in {wanted}: give its bound in that.")
    return kind


def _parse_resource(text: str, match: re.Match[str], word: str, name: str, unit: str, factor: float) -> Threshold:
    wanted = RESOURCE_UNITS.get(word, "")
    if match["scope"] or match["stage"] or match["reference"]:
        raise StampedeError(f"The threshold {text!r} is on the whole run: leave out the stage and the scope.")
    if unit != ("MB" if word == "memory" else ""):
        told = "MB or GB" if word == "memory" else "cores, without a unit" if word == "cpu" else "no unit"
        raise StampedeError(f"The threshold {text!r} measures {word} in {told}: give its bound in that.")
    return Threshold(text, word, match["compare"], float(match["bound"]) * factor, wanted, name, None, "resource")


def find_unmeasured(threshold: Threshold, stages: Sequence[str], suite: Suite) -> str | None:
    """Why a threshold can never be measured, such as an unknown stage, component or label; else None."""
    if any(stage is not None and stage not in stages for stage in (threshold.stage, threshold.reference)):
        return f"the threshold {threshold.text!r} names an unknown stage; the plan's stages: {_list(stages)}"
    if threshold.kind != "resource":
        return None
    components = [*suite.target.usage, *([DATABASE] if suite.database else []), GENERATORS]
    known = {
        "cpu": components,
        "memory": components,
        "connections": [DATABASE] if suite.database else [],
        "gauge": list(suite.target.gauges),
        "counter": list(suite.target.counters),
    }[threshold.metric]
    if threshold.scope in known:
        return None
    word = threshold.metric
    return f"the threshold {threshold.text!r} names {threshold.scope}, but {word} is measured of {_list(known)}"


def _list(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"
