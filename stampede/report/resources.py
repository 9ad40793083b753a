"""The resource usage of a run as the rows of every rendering's table."""

from collections.abc import Mapping
from typing import Any

LABELS = {"connections": "database connections", "connections_active": "of them active"}
BYTES_PER_MB = 1e6
NOT_KNOWN = "not known"


def list_components(environment: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Component, average CPU cores, peak memory in MB; empty where the report has no usage."""
    components = environment.get("usage", {}).get("components", {})
    return [
        (name, _format(used["cpu_cores"], 2), _format(_megabytes(used["memory_bytes"]), 0))
        for name, used in components.items()
    ]


def list_counts(environment: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Label, mean and maximum of each gauge; a counter's increase stands in the last column."""
    usage = environment.get("usage", {})
    spreads = [(label, usage[name] or {}) for name, label in LABELS.items() if name in usage]
    spreads += [(label, spread or {}) for label, spread in usage.get("gauges", {}).items()]
    rows = [(label, _format(spread.get("mean"), 1), _format(spread.get("max"), 0)) for label, spread in spreads]
    return rows + [(label, "", _format(value, 0)) for label, value in usage.get("counters", {}).items()]


def list_versions(environment: Mapping[str, Any]) -> list[str]:
    """`Python 3.12.3`, the database's server, and every name with its version in the target's health answer."""
    database = environment.get("database", {}).get("server_version")
    own = {"Python": environment.get("python"), "Locust": environment.get("locust"), "PostgreSQL": database}
    health = environment.get("target", {}).values()
    told = {name: value for part in health if isinstance(part, Mapping) for name, value in part.items()}
    return [f"{name} {version}" for name, version in {**own, **told}.items() if isinstance(version, str) and version]


def _megabytes(size: int | None) -> float | None:
    return None if size is None else size / BYTES_PER_MB


def _format(value: float | None, digits: int) -> str:
    return NOT_KNOWN if value is None else f"{value:,.{digits}f}"
