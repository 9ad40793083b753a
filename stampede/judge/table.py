"""Holds thresholds against a Locust stats CSV, of any Locust run.

Locust rounds each response time to two digits before it counts it, and its CSV has some percentiles only. So a
percentile is known as a range, and a threshold that the range does not decide is unknown.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from stampede.errors import StampedeError
from stampede.judge.thresholds import COMPARE, ThresholdResult
from stampede.load.statistics import OUTCOME
from stampede.suite.thresholds import FAILURES, LONGEST, REQUESTS, THROUGHPUT, Threshold

Outcome = Literal["pass", "fail", "unknown"]
# The targets of the seed documents.
TARGETS = ("p95 < 500ms", "error_rate < 1%", "throughput > 500/s")
TOTAL = "Aggregated"
NUMBERS = {
    "requests": "Request Count",
    "failures": "Failure Count",
    "average": "Average Response Time",
    "min": "Min Response Time",
    "max": "Max Response Time",
    "throughput": "Requests/s",
}
_OUTCOMES: Mapping[frozenset[bool], Outcome] = {
    frozenset({True}): "pass",
    frozenset({False}): "fail",
    frozenset({True, False}): "unknown",
}
# Half the step that Locust rounds to, in ms, by the least response time that it holds from.
HALF_STEPS = ((10_000, 500.0), (1_000, 50.0), (100, 5.0), (0, 0.5))


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the CSV: times in milliseconds, `percentiles` as Locust rounded them."""

    kind: str
    name: str
    requests: float
    failures: float
    average: float
    min: float
    max: float
    throughput: float
    percentiles: Mapping[float, float]


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of the requests, and the total of them all."""

    rows: tuple[Row, ...]
    total: Row

    def select(self, scope: str | None) -> list[Row]:
        """The total, or the rows of a request name (ignoring `[outcome]`) or of a method."""
        if scope is None:
            return [self.total]
        return [row for row in self.rows if scope in (row.name, row.name.partition(" [")[0], row.kind)]


@dataclass(frozen=True, slots=True)
class Figure:
    """The range in which the true value lies; `shown` is the value as the CSV has it, None where it has none."""

    low: float
    high: float
    shown: float | None


def read_table(path: Path) -> Table:
    """Read `…_stats.csv`, or `locust_requests.csv` of a run.

    Raises:
        StampedeError: the file cannot be read or is no stats CSV of Locust.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = [_read_row(fields) for fields in csv.DictReader(file)]
    except OSError as error:
        raise StampedeError(f"{path} cannot be read: {error.strerror}.") from None
    except (csv.Error, KeyError, TypeError, ValueError) as error:
        raise StampedeError(
            f"{path} is no stats CSV of Locust ({error}): give the file that ends in _stats.csv."
        ) from None
    if not rows or rows[-1].name != TOTAL:
        raise StampedeError(f"{path} has no line {TOTAL}: give the file that ends in _stats.csv, of a finished run.")
    return Table(tuple(rows[:-1]), rows[-1])


def _read_row(fields: Mapping[str, str]) -> Row:
    numbers = {name: float(fields[column]) for name, column in NUMBERS.items()}
    columns = [name for name in fields if name and name.endswith("%")]
    percentiles = {float(name[:-1]): float(fields[name]) for name in columns if fields[name] != "N/A"}
    return Row(fields["Type"], fields["Name"], percentiles=percentiles, **numbers)


def evaluate_table(threshold: Threshold, table: Table) -> ThresholdResult:
    """Compare a threshold with the rows of its scope; unknown where the CSV does not decide it."""
    figure = _measure(threshold, table)
    if figure is None:
        return ThresholdResult(threshold.text, threshold.metric, None, threshold.unit, "unknown")
    held = {COMPARE[threshold.compare](value, threshold.bound) for value in (figure.low, figure.high)}
    return ThresholdResult(threshold.text, threshold.metric, figure.shown, threshold.unit, _OUTCOMES[frozenset(held)])


def _measure(threshold: Threshold, table: Table) -> Figure | None:
    rows = [row for row in table.select(threshold.scope) if row.requests]
    metric = threshold.metric
    if not rows:
        return None
    if threshold.kind == "count" or (threshold.kind == "rate" and metric != THROUGHPUT):
        return _count(threshold, rows if threshold.scope else table.rows)
    requests = sum(row.requests for row in rows)
    exact = {
        "error_rate": 100 * sum(row.failures for row in rows) / requests,
        "throughput": sum(row.throughput for row in rows),
        "average": sum(row.average * row.requests for row in rows) / requests,
        "max": max(row.max for row in rows),
        LONGEST: max(row.max for row in rows),
    }
    if metric in exact:
        return Figure(exact[metric], exact[metric], exact[metric])
    if threshold.kind != "latency":
        return None
    return _merge([_bound_percentile(row, float(metric[1:])) for row in rows])


def _count(threshold: Threshold, rows: Sequence[Row]) -> Figure | None:
    """Count the requests with the threshold's outcome, or the failed ones; with a unit, per second.

    A row's outcome is the word in brackets of its name. Without a row of the outcome there is no figure.
    """
    outcome = threshold.metric
    if outcome not in (FAILURES, REQUESTS):
        matches = ((OUTCOME.search(row.name), row) for row in rows)
        rows = [row for match, row in matches if match and match["outcome"] == outcome]
        if not rows:
            return None
    counts = [(row, row.failures if outcome == FAILURES else row.requests) for row in rows if row.requests]
    counted = sum(row.throughput * count / row.requests if threshold.unit else count for row, count in counts)
    return Figure(counted, counted, counted)


def _bound_percentile(row: Row, percent: float) -> Figure:
    """The range of a percentile; a percentile that the CSV lacks lies between its neighbours."""
    below = max((one for one in row.percentiles if one <= percent), default=None)
    above = min((one for one in row.percentiles if one >= percent), default=None)
    low = row.min if below is None else _round_range(row.percentiles[below])[0]
    high = row.max if above is None else _round_range(row.percentiles[above])[1]
    return Figure(low, high, row.percentiles.get(percent))


def _round_range(shown: float) -> tuple[float, float]:
    half = next(step for least, step in HALF_STEPS if shown >= least)
    return shown - half, shown + half


def _merge(figures: Sequence[Figure]) -> Figure:
    """A percentile of several rows together lies between the least and the greatest of theirs."""
    shown = figures[0].shown if len(figures) == 1 else None
    return Figure(min(one.low for one in figures), max(one.high for one in figures), shown)


def describe_measured(threshold: Threshold, table: Table) -> str:
    """The value as the CSV has it, or the range in which it lies where the CSV is not exact."""
    figure = _measure(threshold, table)
    if figure is None:
        return "nothing measured"
    if figure.low == figure.high:
        return f"{figure.low:,.1f} {threshold.unit}" if threshold.unit else f"{figure.low:,.0f}"
    shown = "" if figure.shown is None else f"{figure.shown:,.0f} {threshold.unit}, "
    return f"{shown}rounded: {figure.low:,.1f} to {figure.high:,.1f} {threshold.unit}"
