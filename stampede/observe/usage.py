"""The resources of a run: conflicts, waiting, and the CPU time and memory of each component."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

TICKS_PER_S = 100  # of /proc, on every Linux
CPU_FIELDS = slice(11, 15)  # after the name: user and system time, and those of the children that ended
RESIDENT = re.compile(r"^Rss(Anon|Shmem):\s+(\d+) kB$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Sample:
    """CPU time of a component since its start, and its memory now; None where it is hidden."""

    cpu_s: float
    memory_bytes: int | None


@dataclass(frozen=True, slots=True)
class Component:
    """Use of one component over a run: CPU time, average cores, peak memory. None where it could not be read."""

    cpu_s: float | None
    cpu_cores: float | None
    memory_bytes: int | None


@dataclass(frozen=True, slots=True)
class Spread:
    """Mean and maximum of a count over all samples."""

    mean: float
    max: float


@dataclass(frozen=True, slots=True)
class Usage:
    """As `environment.usage` in verdict.json (documented in docs/PERFORMANCE_TESTING.md).

    `gauges` and `counters` bear the labels of suite.toml; a counter is its increase over the run, None if unknown.
    """

    lock_waiters: float | None
    components: Mapping[str, Component]
    connections: Spread | None
    connections_active: Spread | None
    gauges: Mapping[str, Spread | None]
    counters: Mapping[str, float | None]


def describe_component(samples: Sequence[Sample], duration_s: float) -> Component:
    """CPU time between the first sample and the last; unknown for a component that was restarted between them."""
    grew = len(samples) > 1 and all(later.cpu_s >= sooner.cpu_s for sooner, later in pairwise(samples))
    cpu_s = samples[-1].cpu_s - samples[0].cpu_s if grew else None
    cores = None if cpu_s is None or duration_s <= 0 else cpu_s / duration_s
    return Component(cpu_s, cores, max((one.memory_bytes for one in samples if one.memory_bytes), default=None))


def count_since(before: float | None, after: float | None) -> float | None:
    """The increase of a counter; None where one value is unknown, or the process was restarted between them."""
    return None if before is None or after is None or after < before else after - before


def describe_spread(counts: Sequence[float]) -> Spread | None:
    """Mean and maximum; None of no sample."""
    return Spread(sum(counts) / len(counts), max(counts)) if counts else None


def add_cpu(samples: Sequence[Sample], cpu_s: float | None) -> list[Sample]:
    """Samples of a component, a part of which reported its CPU time only at the end; none where it did not."""
    if not samples or cpu_s is None:
        return []
    return [*samples[:-1], replace(samples[-1], cpu_s=samples[-1].cpu_s + cpu_s)]


def read_processes(files: Iterable[tuple[str | None, str | None]]) -> Sample | None:
    """A server of several processes, from each one's /proc/<pid>/stat and status; None where none could be read.

    A process that ended left its CPU time to its parent. Shared memory counts once: the largest part of it that
    one process has touched.
    """
    read = [(stat, status) for stat, status in files if stat and status]
    if not read:
        return None
    ticks = sum(int(field) for stat, _ in read for field in stat.rpartition(")")[2].split()[CPU_FIELDS])
    resident = [{kind: int(kib) * 1024 for kind, kib in RESIDENT.findall(status)} for _, status in read]
    if not all(sizes.keys() == {"Anon", "Shmem"} for sizes in resident):
        return Sample(ticks / TICKS_PER_S, None)
    shared = max(sizes["Shmem"] for sizes in resident)
    return Sample(ticks / TICKS_PER_S, sum(sizes["Anon"] for sizes in resident) + shared)
