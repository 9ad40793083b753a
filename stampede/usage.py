"""What a run cost beside time: conflicts, waiting, and what each server used of the machine."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

COMPONENTS = ("api", "postgres", "redis", "locust")
TICKS_PER_S = 100  # of /proc, on every Linux
CPU_FIELDS = slice(11, 15)  # behind the name: user and system time, and those of the children that ended
RESIDENT = re.compile(r"^Rss(Anon|Shmem):\s+(\d+) kB$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a server: the CPU time it has used since it started, and its memory now; None where it is hidden."""

    cpu_s: float
    memory_bytes: int | None


@dataclass(frozen=True, slots=True)
class Component:
    """What a server used over a run: CPU time, cores on average, peak memory. None where it could not be seen."""

    cpu_s: float | None
    cpu_cores: float | None
    memory_bytes: int | None


@dataclass(frozen=True, slots=True)
class Spread:
    """A count over all looks."""

    mean: float
    max: float


@dataclass(frozen=True, slots=True)
class Usage:
    """As `environment.usage` in verdict.json (documented in docs/PERFORMANCE_TESTING.md)."""

    retries: float | None
    lock_waiters: float | None
    components: Mapping[str, Component]
    connections: Spread | None
    connections_active: Spread | None
    pool_in_use: Spread | None
    pool_waiting: Spread | None


def describe_component(looks: Sequence[Look], duration_s: float) -> Component:
    """The CPU time between the first look and the last; not known of a server that was started anew between them."""
    spent_s = looks[-1].cpu_s - looks[0].cpu_s if len(looks) > 1 else -1.0
    cpu_s = spent_s if spent_s >= 0 else None
    cores = None if cpu_s is None or duration_s <= 0 else cpu_s / duration_s
    return Component(cpu_s, cores, max((look.memory_bytes for look in looks if look.memory_bytes), default=None))


def count_since(before: float | None, after: float | None) -> float | None:
    """How often between two looks; None where one saw nothing, or a server was started anew between them."""
    return None if before is None or after is None or after < before else after - before


def describe_spread(counts: Sequence[float]) -> Spread | None:
    """Mean and maximum; None of no look."""
    return Spread(sum(counts) / len(counts), max(counts)) if counts else None


def add_cpu(looks: Sequence[Look], cpu_s: float | None) -> list[Look]:
    """Looks at a server of which a part gave its own account at the end; no looks where it gave none."""
    if not looks or cpu_s is None:
        return []
    return [*looks[:-1], replace(looks[-1], cpu_s=looks[-1].cpu_s + cpu_s)]


def read_processes(files: Iterable[tuple[str | None, str | None]]) -> Look | None:
    """A server of several processes, of each one's /proc/<pid>/stat and status; None where none could be read.

    A process that ended left its CPU time to its parent. Shared memory counts once: the largest part of it that
    one process has touched.
    """
    read = [(stat, status) for stat, status in files if stat and status]
    if not read:
        return None
    ticks = sum(int(field) for stat, _ in read for field in stat.rpartition(")")[2].split()[CPU_FIELDS])
    resident = [{kind: int(kib) * 1024 for kind, kib in RESIDENT.findall(status)} for _, status in read]
    if not all(sizes.keys() == {"Anon", "Shmem"} for sizes in resident):
        return Look(ticks / TICKS_PER_S, None)
    shared = max(sizes["Shmem"] for sizes in resident)
    return Look(ticks / TICKS_PER_S, sum(sizes["Anon"] for sizes in resident) + shared)
