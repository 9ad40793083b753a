"""Compares the requests of a run with the plan's baseline."""

from collections.abc import Mapping
from dataclasses import dataclass

from stampede.load.statistics import Load
from stampede.suite.baseline import Entry


@dataclass(frozen=True, slots=True)
class Difference:
    """One request name of the baseline; `actual` is None where the run did not send it."""

    name: str
    expected: Entry
    actual: Entry | None


def compare_load(baseline: Mapping[str, Entry], load: Load | None) -> tuple[Difference, ...]:
    """Each entry of the baseline beside what this run measured."""
    measured = describe_load(load) if load else {}
    return tuple(Difference(name, expected, measured.get(name)) for name, expected in baseline.items())


def describe_load(load: Load) -> dict[str, Entry]:
    """The figures of each request name, as a baseline has them."""
    return {
        row.name: Entry(row.p50_ms, row.p95_ms, row.p99_ms, round(row.requests / load.total_s, 2))
        for row in load.rows
        if load.total_s > 0
    }
