"""What the servers used, as the rows of every rendering's table."""

from collections.abc import Mapping
from typing import Any

NAMES = {"api": "API", "postgres": "Postgres", "redis": "Redis", "locust": "Locust"}
COUNTS = {
    "connections": "database connections",
    "connections_active": "of them active",
    "pool_in_use": "pool in use",
    "pool_waiting": "waiting for the pool",
}
BYTES_PER_MB = 1e6
NOT_KNOWN = "not known"


def list_components(environment: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Server, CPU cores on average, peak memory in MB; nothing of a report that lacks them."""
    components = environment.get("usage", {}).get("components", {})
    return [
        (NAMES[name], _tell(used["cpu_cores"], 2), _tell(_megabytes(used["memory_bytes"]), 0))
        for name, used in components.items()
    ]


def list_counts(environment: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """What was counted, its mean and its maximum; nothing of a report that lacks it."""
    usage = environment.get("usage", {})
    spreads = [(label, usage[name] or {}) for name, label in COUNTS.items() if name in usage]
    return [(label, _tell(spread.get("mean"), 1), _tell(spread.get("max"), 0)) for label, spread in spreads]


def _megabytes(size: int | None) -> float | None:
    return None if size is None else size / BYTES_PER_MB


def _tell(value: float | None, digits: int) -> str:
    return NOT_KNOWN if value is None else f"{value:,.{digits}f}"
