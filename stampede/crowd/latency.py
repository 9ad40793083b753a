"""Exact latencies: Locust rounds what it keeps to two digits, and a threshold needs more."""

import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

UNITS_PER_MS = 10
MAX_REASON = 200


class Latencies:
    """Counts per request name and tenth of a millisecond; failures with their reasons; the kind of each name."""

    def __init__(self) -> None:
        self._units: dict[str, Counter[int]] = defaultdict(Counter)
        self._failures: dict[str, Counter[str]] = defaultdict(Counter)
        self._kinds: dict[str, str] = {}
        self._outcomes: set[str] = set()
        self._first_at = 0.0
        self._cpu_s = time.process_time()

    def note(
        self,
        request_type: str,
        name: str,
        response_time: float,
        exception: Exception | None,
        start_time: float,
        context: Mapping[str, Any] | None,
    ) -> None:
        """Count a request; its kind is `kind` in its context, else its method."""
        if name not in self._kinds:
            self._kinds[name] = str((context or {}).get("kind", request_type))
        self._units[name][int(response_time * UNITS_PER_MS)] += 1
        if not self._first_at:
            self._first_at = start_time
        if exception is not None:
            self._failures[name][str(exception)[:MAX_REASON]] += 1

    def expect(self, outcomes: Iterable[str]) -> None:
        """Add outcomes that a request may have; a threshold on any other word is a mistake."""
        self._outcomes.update(outcomes)

    def report(self) -> dict[str, Any]:
        """Everything counted, the time span it covers (unix seconds), and the CPU time of this process."""
        return {
            "latencies": {name: sorted(units.items()) for name, units in self._units.items()},
            "failures": {name: dict(reasons) for name, reasons in self._failures.items()},
            "kinds": self._kinds,
            "outcomes": sorted(self._outcomes),
            "first_at": self._first_at,
            "last_at": time.time(),
            "cpu_s": time.process_time() - self._cpu_s,
        }
