"""CPU time per request of our users, against a bare FastHttpUser that sends the same mix."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks.figure import Figure
from seed.registration import World
from stampede.settings import ROOT, Settings
from stampede.worlds import replace_world

ROUNDS = 3
USERS = "50"
RUN_TIME = "8s"
BOUND = 1.5


def measure(settings: Settings) -> Iterator[Figure]:
    """In turn, on the same world, so that the machine's moods hit both."""
    cost_ms: dict[str, list[float]] = {"PeakRegistrationUser": [], "BareUser": []}
    for _ in range(ROUNDS):
        for user_class, costs in cost_ms.items():
            replace_world(settings, "registration", 1, World(courses=40))
            costs.append(_cpu_per_request_ms(user_class))
    ratio = median(ours / bare for ours, bare in zip(*cost_ms.values(), strict=True))
    ours, bare = (median(costs) for costs in cost_ms.values())
    yield Figure("generator CPU per request, ours / bare", ratio, "<=", BOUND, f"{ours:.3f} / {bare:.3f} ms")


def _cpu_per_request_ms(user_class: str) -> float:
    with tempfile.TemporaryDirectory() as folder:
        figures_file = Path(folder) / "figures.json"
        command = [sys.executable, "-m", "locust", "-f", str(ROOT / "benchmarks" / "crowd.py"), "--headless"]
        options = ["-u", USERS, "-r", USERS, "-t", RUN_TIME, "--think-time", "0", "--auth", "mint", "--only-summary"]
        subprocess.run(
            [*command, *options, user_class],
            cwd=ROOT,
            env={**os.environ, "BENCH_FIGURES": str(figures_file)},
            check=False,  # the bare user counts every 409 as a failure, and Locust then exits with 1
            capture_output=True,
        )
        figures = json.loads(figures_file.read_text())
    return float(figures["cpu_s"] / figures["requests"] * 1000)
