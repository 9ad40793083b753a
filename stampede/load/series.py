"""The seconds of a run, merged over all workers."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from stampede.load.statistics import Latency

ORDER = ("ramp", "steady", "tail")


@dataclass
class Second:
    """One second of the load; `second` is unix time by the master's clock. Latencies have three digits.

    `cpu_s` is the workers' CPU time, `phase` the latest that any of them was in at its end. `lag_ms`: how late
    the event loop of any of them was at most.
    """

    second: int
    users: int = 0
    failures: int = 0
    size: int = 0
    cpu_s: float = 0.0
    phase: tuple[int, str] = (0, ORDER[0])
    counts: Counter[int] = field(default_factory=Counter)
    stage: str = ""
    lag_ms: float = 0.0

    @property
    def latency(self) -> Latency:
        """The latencies of the requests that ended in it."""
        return Latency(self.counts)


def merge_series(reports: Mapping[str, Mapping[str, Any]], stages: Sequence[str] = ()) -> tuple[Second, ...]:
    """All seconds of the workers' reports, ascending; the clocks are brought together to the second."""
    merged: dict[int, Second] = {}
    for report in reports.values():
        offset_s = round(report["offset_s"] or 0.0)
        for told in report["seconds"]:
            number = told["second"] + offset_s
            _add(merged.setdefault(number, Second(number)), told)
    for second in merged.values():
        second.stage = stages[second.phase[0]] if second.phase[0] < len(stages) else ""
    return tuple(merged[number] for number in sorted(merged))


def _add(second: Second, told: Mapping[str, Any]) -> None:
    second.users += told["users"]
    second.failures += told["failures"]
    second.size += told["bytes"]
    second.cpu_s += told["cpu_s"]
    second.lag_ms = max(second.lag_ms, told["lag_ms"])
    second.counts.update({int(units): count for units, count in told["latencies"]})
    phase = (told["stage"], told["part"])
    second.phase = max(second.phase, phase, key=lambda one: (one[0], ORDER.index(one[1])))
