"""What the target tells of itself; right across processes (prometheus_client's multiprocess mode)."""

import asyncio
import os
import time
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path

import psutil
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, Histogram, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import ProblemError
from api.storage.cache import Cache
from api.storage.database import Database

BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
HEARTBEAT_S = 1.0
STALE_HEARTBEAT_S = 3.5

# The histogram's own count is the number of requests: one instrument less to write at each.
REQUESTS = Histogram("api_request_seconds", "Time to answer", ["method", "route", "status"], buckets=BUCKETS_S)
WRITES_IN_HAND = Gauge("api_writes_in_hand", "Writes that are not answered yet", multiprocess_mode="livesum")
POOL_IN_USE = Gauge("api_pool_in_use", "Database connections in use", multiprocess_mode="livesum")
POOL_WAITING = Gauge("api_pool_waiting", "Requests waiting for a connection", multiprocess_mode="livesum")
CPU = Gauge("api_process_cpu_seconds", "CPU time used", multiprocess_mode="liveall")
MEMORY = Gauge("api_process_resident_bytes", "Resident memory", multiprocess_mode="liveall")
HEARTBEAT = Gauge("api_process_heartbeat_seconds", "Unix time of the last sign of life", multiprocess_mode="liveall")
# Every process asks the same server, so its figures are not summed: the latest one counts.
COMPONENT_CPU = Gauge(
    "api_component_cpu_seconds", "CPU time a server behind us used", ["component"], multiprocess_mode="livemostrecent"
)
COMPONENT_MEMORY = Gauge(
    "api_component_resident_bytes", "Its resident memory", ["component"], multiprocess_mode="livemostrecent"
)


async def beat(pool: Database, requests: "RequestMetrics") -> None:
    """Write this process's own figures once a second, for as long as it lives.

    The pool's too: a scrape sees a moment of them either way, and writing them at each change costs
    every request four writes to shared memory.
    """
    process = psutil.Process(os.getpid())
    while True:
        cpu = process.cpu_times()
        CPU.set(cpu.user + cpu.system)
        MEMORY.set(process.memory_info().rss)
        WRITES_IN_HAND.set(requests.writes_in_hand)
        POOL_IN_USE.set(pool.in_use)
        POOL_WAITING.set(pool.waiting)
        HEARTBEAT.set(time.time())
        await asyncio.sleep(HEARTBEAT_S)


async def watch(name: str, component: Cache) -> None:
    """Write a component's usage once a second; while it does not answer, the last known one stays.

    Apart from `beat`: a component that hangs must not make this process look dead.
    """
    cpu, memory = COMPONENT_CPU.labels(name), COMPONENT_MEMORY.labels(name)
    while True:
        with suppress(ProblemError):
            cpu_s, resident_bytes = await component.usage()
            cpu.set(cpu_s)
            memory.set(resident_bytes)
        await asyncio.sleep(HEARTBEAT_S)


class _Collector(MultiProcessCollector):
    """Reads every process's files but those that one has made and not sized yet, and the present state of the dead."""

    def collect(self) -> Iterable[Metric]:
        """All processes' figures, merged."""
        folder = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"])
        files = [str(path) for path in folder.glob("*.db") if path.stat().st_size and not _is_orphaned(path)]
        merged: Iterable[Metric] = self.merge(files)  # type: ignore[no-untyped-call]  # prometheus_client leaves it untyped
        return merged


def _is_orphaned(path: Path) -> bool:
    """Whether a gauge of the living, `gauge_live…_<pid>.db`, is of a process that was killed."""
    return path.name.startswith("gauge_live") and not psutil.pid_exists(int(path.stem.rpartition("_")[2]))


def _registry() -> CollectorRegistry:
    registry = CollectorRegistry()
    _Collector(registry)  # type: ignore[no-untyped-call]  # prometheus_client leaves it untyped
    return registry


def exposition() -> tuple[bytes, str]:
    """All processes' figures in Prometheus text format, and its content type."""
    return generate_latest(_registry()), CONTENT_TYPE_LATEST


def live_processes() -> int:
    """How many processes gave a sign of life lately."""
    horizon = time.time() - STALE_HEARTBEAT_S
    return sum(
        sample.value > horizon
        for metric in _registry().collect()
        if metric.name == "api_process_heartbeat_seconds"
        for sample in metric.samples
    )


def route_of(scope: Scope) -> str:
    """The template of the route that a request took; a mount leaves its prefix in root_path."""
    return str(scope.get("root_path", "") + getattr(scope.get("route"), "path", "(unmatched)"))


class RequestMetrics:
    """ASGI middleware: counts and times each request under its route template, never its path."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.writes_in_hand = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; note the status that leaves."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500
        started = time.perf_counter()
        is_write = scope["method"] != "GET"
        self.writes_in_hand += is_write

        async def note_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, note_status)
        finally:
            self.writes_in_hand -= is_write
            _latency(scope["method"], route_of(scope), status).observe(time.perf_counter() - started)


@cache
def _latency(method: str, route: str, status: int) -> Histogram:
    """One series; looking it up by its labels costs more than writing to it."""
    return REQUESTS.labels(method, route, status)
