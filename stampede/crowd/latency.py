"""Exact latencies: Locust rounds what it keeps to two digits, and a threshold needs more."""

import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from stampede.crowd.phases import Phase

UNITS_PER_MS = 10
MAX_REASON = 200
# One second of the series holds its latencies to three digits: exact counts of each second would be megabytes.
SERIES_DIGITS = 3


@dataclass
class PhaseCounts:
    """What was counted in one phase; times are unix seconds by this process's clock.

    `statuses`: requests per name and first digit of the HTTP status, 0 without an answer.
    `lags`: by how many milliseconds the event loop was late, and how often.
    """

    phase: Phase
    began_at: float
    ended_at: float = 0.0
    units: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    failures: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    statuses: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    lags: Counter[int] = field(default_factory=Counter)

    def report(self) -> dict[str, Any]:
        """As the master gets it."""
        return {
            "part": self.phase.part,
            "stage": self.phase.stage,
            "began_at": self.began_at,
            "ended_at": self.ended_at,
            "latencies": {name: sorted(units.items()) for name, units in self.units.items()},
            "failures": {name: dict(reasons) for name, reasons in self.failures.items()},
            "statuses": {name: sorted(classes.items()) for name, classes in self.statuses.items()},
            "lags": sorted(self.lags.items()),
        }


class Latencies:
    """Counts per phase, request name and tenth of a millisecond; the kind of each name; a series of seconds."""

    def __init__(self) -> None:
        self._phases = [PhaseCounts(Phase(), time.time())]
        self._now = self._phases[0]
        self._kinds: dict[str, str] = {}
        self._outcomes: set[str] = set()
        self._first_at = 0.0
        self._last_at = 0.0
        self._cpu_s = self._second_cpu_s = time.process_time()
        self._second: Counter[int] = Counter()
        self._second_failed = 0
        self._second_bytes = 0
        self._second_lag_s = 0.0
        self._seconds: list[dict[str, Any]] = []

    def note(
        self,
        request_type: str,
        name: str,
        response_time: float,
        exception: Exception | None,
        start_time: float,
        context: Mapping[str, Any] | None,
        response: Any = None,
        response_length: int = 0,
    ) -> None:
        """Count a request in the phase in which it ended; its kind is `kind` in its context, else its method."""
        if name not in self._kinds:
            self._kinds[name] = str((context or {}).get("kind", request_type))
        now, units = self._now, int(response_time * UNITS_PER_MS)
        now.units[name][units] += 1
        now.statuses[name][(getattr(response, "status_code", 0) or 0) // 100] += 1
        self._second[units] += 1
        self._second_bytes += response_length or 0
        if not self._first_at:
            self._first_at = start_time
        if exception is not None:
            now.failures[name][str(exception)[:MAX_REASON]] += 1
            self._second_failed += 1

    @property
    def phase(self) -> Phase:
        """The phase that is counted in."""
        return self._now.phase

    def enter(self, phase: Phase) -> None:
        """Count in another phase from now on."""
        if phase == self._now.phase:
            return
        self._now.ended_at = time.time()
        self._now = PhaseCounts(phase, self._now.ended_at)
        self._phases.append(self._now)

    def note_lag(self, late_s: float) -> None:
        """The event loop came so late to a timer."""
        self._now.lags[int(late_s * 1000)] += 1
        self._second_lag_s = max(self._second_lag_s, late_s)

    def end_second(self, second: int, users: int) -> None:
        """Close a second of the series, `second` in unix time."""
        latencies: Counter[int] = Counter()
        for units, count in self._second.items():
            latencies[_round(units)] += count
        cpu_s = time.process_time()
        self._seconds.append(
            {
                "second": second,
                "users": users,
                "failures": self._second_failed,
                "bytes": self._second_bytes,
                "cpu_s": cpu_s - self._second_cpu_s,
                "lag_ms": round(self._second_lag_s * 1000, 1),
                "part": self._now.phase.part,
                "stage": self._now.phase.stage,
                "latencies": sorted(latencies.items()),
            }
        )
        self._second, self._second_failed, self._second_bytes, self._second_cpu_s = Counter(), 0, 0, cpu_s
        self._second_lag_s = 0.0

    def expect(self, outcomes: Iterable[str]) -> None:
        """Add outcomes that a request may have; a threshold on any other word is a mistake."""
        self._outcomes.update(outcomes)

    def close(self) -> None:
        """The users have stopped: the last phase ends."""
        self._now.ended_at = self._last_at = time.time()

    def report(self) -> dict[str, Any]:
        """Everything counted, the time span it covers (unix seconds), and the CPU time of this process."""
        if not self._last_at:
            self.close()
        return {
            "phases": [counts.report() for counts in self._phases],
            "kinds": self._kinds,
            "outcomes": sorted(self._outcomes),
            "seconds": self._seconds,
            "first_at": self._first_at,
            "last_at": self._last_at,
            "cpu_s": time.process_time() - self._cpu_s,
        }


def _round(units: int) -> int:
    """To three digits, downwards."""
    surplus = len(str(units)) - SERIES_DIGITS
    return units if surplus <= 0 else units // 10**surplus * 10**surplus
