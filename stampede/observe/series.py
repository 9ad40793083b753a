"""The sampled figures of a run over time."""

import time

from stampede.observe.usage import Sample

BYTES_PER_MB = 1e6
SESSIONS = ("lock waiters", "connections", "connections active")


class SeriesKeeper:
    """Keeps each figure with the time (unix seconds) at which it was sampled; CPU as cores since the sample before."""

    def __init__(self) -> None:
        self.values: dict[str, list[tuple[float, float]]] = {}
        self._before: dict[str, tuple[float, float]] = {}

    def add(self, figure: str, value: float) -> None:
        """Keep a value of the present moment."""
        self.values.setdefault(figure, []).append((time.time(), value))

    def add_sample(self, component: str, sample: Sample) -> None:
        """Keep `cpu COMPONENT` (cores) and `memory COMPONENT` (MB)."""
        now = time.time()
        then, before_s = self._before.get(component, (now, sample.cpu_s))
        self._before[component] = now, sample.cpu_s
        if now > then and sample.cpu_s >= before_s:  # less, where the component was restarted
            self.add(f"cpu {component}", (sample.cpu_s - before_s) / (now - then))
        if sample.memory_bytes is not None:
            self.add(f"memory {component}", sample.memory_bytes / BYTES_PER_MB)

    def add_sessions(self, *counts: int) -> None:
        """Keep the counts of the database's sessions: waiting for a lock, all, active."""
        for figure, count in zip(SESSIONS, counts, strict=True):
            self.add(figure, count)
