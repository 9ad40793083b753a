"""Puts the figures of a run into the bands of its plan."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from stampede.judge.thresholds import find_starvation
from stampede.load.statistics import Load
from stampede.suite.bands import Band

Zone = Literal["good", "warning", "critical", "unknown"]


@dataclass(frozen=True, slots=True)
class BandResult:
    """A figure, the bounds of its band, and where it lies; unknown where it was not measured."""

    metric: str
    actual: float | None
    good: float
    critical: float
    unit: str
    zone: Zone

    @property
    def described(self) -> str:
        """The measured figure with the two bounds."""
        bounds = f"good below {self.good:,.4g} {self.unit}, critical above {self.critical:,.4g} {self.unit}"
        measured = "nothing measured" if self.actual is None else f"{self.actual:,.1f} {self.unit}"
        return f"{measured} ({bounds})"


def evaluate_bands(
    bands: tuple[Band, ...], load: Load | None, environment: Mapping[str, Any]
) -> tuple[BandResult, ...]:
    """Where each figure lies; unknown where one component's share is not known."""
    figures = dict(_measure(load, environment))
    return tuple(
        BandResult(band.metric, actual, band.good, band.critical, band.unit, _choose(band, actual))
        for band in bands
        for actual in (figures.get(band.metric),)
    )


def _choose(band: Band, actual: float | None) -> Zone:
    if actual is None:
        return "unknown"
    if actual < band.good:
        return "good"
    return "critical" if actual > band.critical else "warning"


def _measure(load: Load | None, environment: Mapping[str, Any]) -> Iterator[tuple[str, float | None]]:
    if load is not None and load.latency and not find_starvation(load):
        yield "p95", load.metric("p95")
    if load is not None and load.requests:
        yield "error_rate", load.metric("error_rate")
    components = environment.get("usage", {}).get("components", {}).values()
    limits = environment.get("limits", {})
    for metric, part, limit in (("cpu", "cpu_cores", "cores"), ("memory", "memory_bytes", "memory_bytes")):
        used = [component[part] for component in components]
        known = bool(used) and None not in used and bool(limits.get(limit))
        yield metric, 100 * sum(used) / limits[limit] if known else None
