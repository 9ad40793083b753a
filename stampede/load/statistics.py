"""How fast it went: latency counts, and the figures that are made of them."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import ceil

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
    """One request name: how often, how often failed, how long (milliseconds); GET, POST or the kind it was given.

    Latencies are of the window. `only_in` names the ramp or tail where the window has no such request.
    """

    name: str
    requests: int
    failures: int
    average_ms: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float
    kind: str = ""
    only_in: str = ""


@dataclass(frozen=True, slots=True)
class PhaseRow:
    """One phase of the load or of a stage: its ramp, all users running, or the tail after the stop was requested."""

    name: str
    duration_s: float
    requests: int
    failures: int
    p50_ms: float
    p95_ms: float
    p99_ms: float

    @property
    def per_s(self) -> float:
        """Requests per second."""
        return self.requests / self.duration_s if self.duration_s > 0 else 0.0


@dataclass(frozen=True, slots=True)
class FailureRow:
    """One reason for which requests of one name failed."""

    name: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class WorkerRow:
    """One load generator process: CPU is its share of one core over the run.

    Lag is how late its event loop came to a timer in the window.
    """

    id: str
    requests: int
    operations: int
    cpu_share: float
    complete: bool
    lag_p99_ms: float = 0.0
    lag_max_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Load:
    """What the crowd did, over all workers. Latencies are exact to a tenth of a millisecond.

    `departures`: users that ended by themselves before the run did, by class.
    `requests`, `failures` and `total_s` are of the whole load. `latency` and `duration_s` are of the window, from
    "all users run" to "stop requested": the load did not change in it.
    """

    requests: int
    failures: int
    duration_s: float
    cpu_s: float
    latency: dict[int, int]
    rows: tuple[RequestRow, ...]
    failure_rows: tuple[FailureRow, ...]
    workers: tuple[WorkerRow, ...]
    departures: Mapping[str, int] = field(default_factory=dict)
    total_s: float = 0.0
    phases: tuple[PhaseRow, ...] = ()

    @property
    def departed(self) -> str:
        """`Buyer 3, Viewer 1`; empty where every user stayed to the end."""
        return ", ".join(f"{name} {count:,}" for name, count in sorted(self.departures.items()))

    def metric(self, name: str) -> float:
        """A figure: percentages in %, throughput per second, latencies in milliseconds."""
        if name == "error_rate":
            return 100 * self.failures / max(1, self.requests)
        latency = Latency(self.latency)
        return _per_s(latency.total, self.duration_s) if name == "throughput" else latency.metric(name)


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts by request name, of the load or a part of it; `statuses` by the first digit of the HTTP status."""

    latencies: Mapping[str, Counter[int]]
    failures: Mapping[str, Counter[str]]
    kinds: Mapping[str, str]
    duration_s: float
    outcomes: frozenset[str] = frozenset()  # that requests may have, whether one had it or not
    statuses: Mapping[str, Counter[int]] = field(default_factory=dict)

    @property
    def latency(self) -> Latency:
        """The latencies of all requests."""
        return Latency(sum(self.latencies.values(), Counter()))

    @property
    def failed(self) -> int:
        """How many requests failed."""
        return sum(reasons.total() for reasons in self.failures.values())

    @property
    def error_rate(self) -> float:
        """The share of failed requests in %."""
        return 100 * self.failed / max(1, self.latency.total)

    def per_s(self, count: float) -> float:
        """A count per second."""
        return _per_s(count, self.duration_s)

    def select(self, scope: str) -> "Tally":
        """Filter by request name (ignoring `[outcome]`) or by kind."""
        names = {name for name, kind in self.kinds.items() if scope in (name, name.partition(" [")[0], kind)}
        return replace(
            self,
            latencies={name: counts for name, counts in self.latencies.items() if name in names},
            failures={name: reasons for name, reasons in self.failures.items() if name in names},
            statuses={name: classes for name, classes in self.statuses.items() if name in names},
        )

    def count_outcome(self, outcome: str) -> int | None:
        """How often the crowd was told this outcome, the word in brackets behind a request's name.

        None where no request could have it: a misspelt word was not measured.
        """
        matches = ((OUTCOME.search(name), counts) for name, counts in self.latencies.items())
        told = [counts.total() for match, counts in matches if match and match["outcome"] == outcome]
        return sum(told) if told or outcome in self.outcomes else None

    def count_status(self, digit: int) -> int | None:
        """How many answers had a status of this class; None where no request told its status."""
        classes: Counter[int] = sum(self.statuses.values(), Counter())
        return classes[digit] if classes.keys() - {0} else None


def _per_s(count: float, duration_s: float) -> float:
    return count / duration_s if duration_s > 0 else 0.0
