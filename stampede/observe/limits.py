"""What the lab may use of this machine: cores and memory, as the process and its control group allow."""

import os
from pathlib import Path

import psutil

CGROUP = Path("/sys/fs/cgroup")


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
