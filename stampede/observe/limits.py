"""What the lab may use of this machine: cores and memory, as its control group or its containers allow."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import psutil

from stampede.errors import StampedeError

CGROUP = Path("/sys/fs/cgroup")
BYTES = {"": 1, "b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
SIZE = re.compile(r"(\d+(?:\.\d+)?)([bkmg]?)b?", re.IGNORECASE)


def sum_limits(cpus: str, memory: str) -> dict[str, float]:
    """Cores and bytes that containers may use together, at most those of the machine.

    `cpus` and `memory` list the bounds as Compose has them, with how many containers share one: `2g 512m 1g*4`.
    0 is no bound.

    Raises:
        StampedeError: a bound cannot be parsed.
    """
    machine = read_limits(None)
    cores, size = _sum(cpus, float), _sum(memory, _read_size)
    return {
        "cores": min(machine["cores"], cores or machine["cores"]),
        "memory_bytes": min(machine["memory_bytes"], size or machine["memory_bytes"]),
    }


def _sum(bounds: str, read: Callable[[str], float]) -> float:
    """The sum, 0 where one is 0."""
    try:
        parts = [(read(bound), int(count or 1)) for bound, _, count in (part.partition("*") for part in bounds.split())]
    except ValueError:
        raise StampedeError(f"The containers' bounds {bounds!r} do not parse; expected: 2g 512m 1g*4.") from None
    return sum(bound * count for bound, count in parts) if all(bound for bound, _ in parts) else 0


def _read_size(text: str) -> float:
    size = SIZE.fullmatch(text)
    if not size:
        raise ValueError(text)
    return float(size[1]) * BYTES[size[2].lower()]


def read_limits(cgroup: Path | None = CGROUP) -> dict[str, float]:
    """Cores and bytes of memory; without a control group those of the machine."""
    cores = float(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
    if cgroup is None:
        return {"cores": cores, "memory_bytes": float(psutil.virtual_memory().total)}
    quota, _, period = _read(cgroup / "cpu.max").partition(" ")
    if quota.isdigit() and period.isdigit():
        cores = min(cores, int(quota) / int(period))
    memory = float(psutil.virtual_memory().total)
    bound = _read(cgroup / "memory.max")
    return {"cores": cores, "memory_bytes": min(memory, float(bound)) if bound.isdigit() else memory}


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
