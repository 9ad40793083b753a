"""The target over HTTP: whether it is ready, and what it counts of itself."""

from dataclasses import dataclass
from typing import Any

import requests
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from stampede.errors import StampedeError

TIMEOUT_S = 10.0
READINESS_FIELDS = {"status", "database", "redis", "locking", "processes", "workers"}
USAGE = {"api_process_cpu_seconds", "api_process_resident_bytes", "api_pool_in_use", "api_pool_waiting"}


@dataclass(frozen=True, slots=True)
class CacheCounts:
    """Look-ups in the target's cache since it started."""

    hits: float
    misses: float


@dataclass(frozen=True, slots=True)
class TargetUsage:
    """What the target's processes use: CPU time since each started, by its id; memory and pool of those that live."""

    cpu_s: dict[str, float]
    memory_bytes: int
    pool_in_use: float
    pool_waiting: float


class Target:
    """The API under test. One that is not ours may lack `/readyz` and `/metrics`."""

    def __init__(self, url: str) -> None:
        self._url = url

    def read_readiness(self) -> dict[str, Any]:
        """What `/readyz` answers, ready or not.

        Raises:
            StampedeError: it does not answer, or not with JSON.
        """
        try:
            fields: dict[str, Any] = requests.get(f"{self._url}/readyz", timeout=TIMEOUT_S).json()
        except (requests.RequestException, ValueError) as error:
            raise StampedeError(f"The target at {self._url} does not answer: {type(error).__name__}.") from None
        if not fields.keys() >= READINESS_FIELDS:
            raise StampedeError(f"What answers at {self._url}/readyz is not a target of this lab.")
        return fields

    def count_cache(self) -> CacheCounts:
        """Cache hits and misses over all processes; zeros where the target does not say."""
        counts = {"hit": 0.0, "miss": 0.0}
        for sample in self._read_samples():
            if sample.name == "api_cache_total":
                counts[sample.labels["result"]] += sample.value
        return CacheCounts(counts["hit"], counts["miss"])

    def count_pending(self) -> float:
        """Writes not answered yet, and who holds a database connection or waits for one; 0 where it does not say."""
        pending = {"api_writes_in_hand", "api_pool_in_use", "api_pool_waiting"}
        return sum(sample.value for sample in self._read_samples() if sample.name in pending)

    def count_retries(self) -> float | None:
        """Transactions that were lost to a conflict and tried again since it started; None where it does not say."""
        told = [sample.value for sample in self._read_samples() if sample.name == "api_locking_retries_total"]
        return sum(told) if told else None

    def read_usage(self) -> TargetUsage | None:
        """What its processes use now; None where it does not say."""
        told: dict[str, list[Sample]] = {}
        for sample in self._read_samples():
            told.setdefault(sample.name, []).append(sample)
        if not told.keys() >= USAGE:
            return None
        memory, in_use, waiting = (
            sum(sample.value for sample in told[f"api_{name}"])
            for name in ("process_resident_bytes", "pool_in_use", "pool_waiting")
        )
        cpu_s = {sample.labels["pid"]: sample.value for sample in told["api_process_cpu_seconds"]}
        return TargetUsage(cpu_s, int(memory), in_use, waiting)

    def _read_samples(self) -> list[Sample]:
        try:
            text = requests.get(f"{self._url}/metrics", timeout=TIMEOUT_S).text
            return [sample for family in text_string_to_metric_families(text) for sample in family.samples]
        except (requests.RequestException, ValueError):
            return []


def describe_cache(before: CacheCounts, after: CacheCounts) -> dict[str, float] | None:
    """Hits, misses and their rate over a run; None where nothing was looked up."""
    hits, misses = after.hits - before.hits, after.misses - before.misses
    if hits + misses <= 0:
        return None
    return {"hits": int(hits), "misses": int(misses), "hit_rate": hits / (hits + misses)}
