"""The target over HTTP: its health answer and its Prometheus metrics."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import requests
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from stampede.errors import StampedeError
from stampede.suite.model import Suite

TIMEOUT_S = 10.0
Samples = tuple[Sample, ...]


@dataclass(frozen=True, slots=True)
class Health:
    """The health answer: whether the target is ready, and the fields of the body where that is a JSON object."""

    ready: bool
    status: int
    fields: dict[str, Any]


class TargetClient:
    """Reads what the target reports of itself; a target without metrics reports nothing."""

    def __init__(self, suite: Suite) -> None:
        self._target = suite.target
        self._guards = suite.guards

    def read_health(self) -> Health:
        """The answer of the health path.

        Raises:
            StampedeError: the target does not answer.
        """
        url = f"{self._target.url}{self._target.health}"
        try:
            response = requests.get(url, timeout=TIMEOUT_S)
        except requests.RequestException as error:
            raise StampedeError(f"The target at {url} does not answer: {type(error).__name__}.") from None
        try:
            fields = response.json()
        except ValueError:
            fields = {}
        return Health(response.ok, response.status_code, fields if isinstance(fields, dict) else {})

    def read_strategies(self, health: Health) -> dict[str, str]:
        """The active strategy of each guard that the health answer names."""
        return {
            name: str(health.fields[guard.shown])
            for name, guard in self._guards.items()
            if guard.shown and guard.shown in health.fields
        }

    def read_samples(self) -> Samples:
        """Every sample of the metrics page; none where there is no page or it cannot be parsed."""
        if not self._target.metrics:
            return ()
        try:
            text = requests.get(f"{self._target.url}{self._target.metrics}", timeout=TIMEOUT_S).text
            return tuple(sample for family in text_string_to_metric_families(text) for sample in family.samples)
        except (requests.RequestException, ValueError):
            return ()

    def count_in_flight(self) -> float | None:
        """The sum of the gauges of requests in flight; None where the target does not report them."""
        return add_up(self.read_samples(), self._target.in_flight)


def select(samples: Iterable[Sample], metric: str) -> list[Sample]:
    """The samples of a metric, written as `name` or `name{label=value,…}`."""
    name, _, labels = metric.partition("{")
    wanted = dict(pair.split("=", 1) for pair in labels.rstrip("}").split(",") if "=" in pair)
    return [sample for sample in samples if sample.name == name and wanted.items() <= sample.labels.items()]


def add_up(samples: Iterable[Sample], metrics: Iterable[str]) -> float | None:
    """The sum of all samples of these metrics; None where there is none."""
    kept = tuple(samples)
    found = [sample.value for metric in metrics for sample in select(kept, metric)]
    return sum(found) if found else None
