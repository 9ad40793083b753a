"""How fast it went: the workers' exact latency counts, merged."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import ceil
from typing import Any

UNITS_PER_MS = 10
OUTCOME = re.compile(r" \[(?P<outcome>[^\[\]]+)\]$")  # `Create Order [sold_out]`, but not `/orders/[id]`


@dataclass(frozen=True, slots=True)
class Latency:
    """Latencies of some requests: how many took how long, in tenths of a millisecond."""

    counts: Mapping[int, int]

    @property
    def total(self) -> int:
        """How many requests."""
        return sum(self.counts.values())

    def percentile_ms(self, percent: float) -> float:
        """The smallest latency that `percent` of the requests do not exceed (nearest rank); 0 of none."""
        rank = ceil(self.total * percent / 100)
        seen = 0
        for units in sorted(self.counts):
            seen += self.counts[units]
            if seen >= rank:
                return units / UNITS_PER_MS
        return 0.0

    @property
    def average_ms(self) -> float:
        """The mean; 0 of none."""
        return sum(units * count for units, count in self.counts.items()) / UNITS_PER_MS / max(1, self.total)

    @property
    def max_ms(self) -> float:
        """The longest; 0 of none."""
        return max(self.counts, default=0) / UNITS_PER_MS

    def metric(self, name: str) -> float:
        """`average`, `max` or a percentile like `p99.9`, in milliseconds."""
        if name == "average":
            return self.average_ms
        if name == "max":
            return self.max_ms
        return self.percentile_ms(float(name.removeprefix("p")))


@dataclass(frozen=True, slots=True)
class RequestRow:
    """One request name: how often, how often failed, how long (milliseconds); GET, POST or the kind it was given."""

    name: str
    requests: int
    failures: int
    average_ms: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float
    kind: str = ""


@dataclass(frozen=True, slots=True)
class FailureRow:
    """One reason for which requests of one name failed."""

    name: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class WorkerRow:
    """One load generator process: CPU is its share of one core over the run."""

    id: str
    requests: int
    operations: int
    cpu_share: float
    complete: bool


@dataclass(frozen=True, slots=True)
class Load:
    """What the crowd did, over all workers. Latencies are exact to a tenth of a millisecond."""

    requests: int
    failures: int
    duration_s: float
    cpu_s: float
    latency: dict[int, int]
    rows: tuple[RequestRow, ...]
    failure_rows: tuple[FailureRow, ...]
    workers: tuple[WorkerRow, ...]

    def metric(self, name: str) -> float:
        """A threshold's metric: percentages in %, throughput per second, latencies in milliseconds."""
        return _measure(name, Latency(self.latency), self.failures, self.duration_s)


@dataclass(frozen=True, slots=True)
class Tally:
    """All counts of a run by request name: what thresholds are held against, and too much for verdict.json."""

    latencies: Mapping[str, Counter[int]]
    failures: Mapping[str, Counter[str]]
    kinds: Mapping[str, str]
    duration_s: float
    outcomes: frozenset[str] = frozenset()  # that requests may have, whether one had it or not

    @property
    def latency(self) -> Latency:
        """The latencies of all requests."""
        return Latency(sum(self.latencies.values(), Counter()))

    @property
    def failed(self) -> int:
        """How many requests failed."""
        return sum(reasons.total() for reasons in self.failures.values())

    def select(self, scope: str) -> "Tally":
        """Filter by request name (ignoring `[outcome]`) or by kind."""
        names = {name for name, kind in self.kinds.items() if scope in (name, name.partition(" [")[0], kind)}
        return replace(
            self,
            latencies={name: counts for name, counts in self.latencies.items() if name in names},
            failures={name: reasons for name, reasons in self.failures.items() if name in names},
        )

    def metric(self, name: str) -> float:
        """As `Load.metric`."""
        return _measure(name, self.latency, self.failed, self.duration_s)

    def count_outcome(self, outcome: str) -> int | None:
        """How often the crowd was told this outcome, the word in brackets behind a request's name.

        None where no request could have it: a misspelt word was not measured.
        """
        matches = ((OUTCOME.search(name), counts) for name, counts in self.latencies.items())
        told = [counts.total() for match, counts in matches if match and match["outcome"] == outcome]
        return sum(told) if told or outcome in self.outcomes else None


def _measure(name: str, latency: Latency, failures: int, duration_s: float) -> float:
    if name == "error_rate":
        return 100 * failures / max(1, latency.total)
    if name == "throughput":
        return latency.total / duration_s if duration_s > 0 else 0.0
    return latency.metric(name)


def tally_reports(reports: Mapping[str, Mapping[str, Any]]) -> Tally:
    """Merge the counts of the workers' reports."""
    starts = [report["first_at"] for report in reports.values() if report["first_at"]]
    ends = [report["last_at"] for report in reports.values()]
    return Tally(
        latencies=_merge(reports.values(), "latencies", lambda pairs: Counter({int(unit): n for unit, n in pairs})),
        failures=_merge(reports.values(), "failures", Counter),
        kinds={name: kind for report in reports.values() for name, kind in report["kinds"].items()},
        duration_s=max(ends) - min(starts) if starts else 0.0,
        outcomes=frozenset(outcome for report in reports.values() for outcome in report["outcomes"]),
    )


def merge_reports(reports: Mapping[str, Mapping[str, Any]]) -> Load:
    """Merge the workers' reports, by client id, into one account."""
    tally = tally_reports(reports)
    return Load(
        requests=tally.latency.total,
        failures=tally.failed,
        duration_s=tally.duration_s,
        cpu_s=sum(report["cpu_s"] for report in reports.values()),
        latency=dict(tally.latency.counts),
        rows=tuple(_row(tally, name) for name in sorted(tally.latencies)),
        failure_rows=tuple(
            FailureRow(name, reason, count)
            for name in sorted(tally.failures)
            for reason, count in tally.failures[name].most_common()
        ),
        workers=tuple(_worker(client_id, report) for client_id, report in sorted(reports.items())),
    )


def _merge(reports: Iterable[Mapping[str, Any]], key: str, read: Any) -> dict[str, Counter[Any]]:
    merged: dict[str, Counter[Any]] = {}
    for report in reports:
        for name, counts in report[key].items():
            merged.setdefault(name, Counter()).update(read(counts))
    return merged


def _row(tally: Tally, name: str) -> RequestRow:
    latency = Latency(tally.latencies[name])
    failed = tally.failures[name].total() if name in tally.failures else 0
    p50_ms, p95_ms, p99_ms = (latency.percentile_ms(percent) for percent in (50, 95, 99))
    times = (latency.average_ms, p50_ms, p95_ms, p99_ms, latency.max_ms)
    return RequestRow(name, latency.total, failed, *times, tally.kinds[name])


def _worker(client_id: str, report: Mapping[str, Any]) -> WorkerRow:
    requests = sum(count for pairs in report["latencies"].values() for _, count in pairs)
    elapsed_s = report["last_at"] - report["first_at"] if report["first_at"] else 0.0
    share = report["cpu_s"] / elapsed_s if elapsed_s else 0.0
    return WorkerRow(client_id, requests, report["operations"], share, report["complete"])
