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
from benchmarks.world import replace_world
from seed.registration import SEEDER, World

ROOT = Path(__file__).parents[1]
ROUNDS = 3
USERS = "50"
RUN_TIME = "8s"
BOUND = 1.1
WORLD = World(courses=40, password_cost=4)
BARE = ("BareUser", "0")
# The share of reads that are recorded: as in most plans, and as in races.
OURS = {"10 % of reads recorded": ("PeakRegistrationUser", "0.1"), "all recorded": ("PeakRegistrationUser", "1")}


def measure(database_url: str) -> Iterator[Figure]:
    """In turn, each on a fresh world, so that all meet the same machine.

    The environment names the target: TARGET_URL and JWT_SECRET.
    """
    costs_ms: dict[str, list[float]] = {name: [] for name in OURS}
    bare_ms: list[float] = []
    for _ in range(ROUNDS):
        bare_ms.append(_cpu_per_request_ms(database_url, *BARE))
        for name, (user_class, reads) in OURS.items():
            costs_ms[name].append(_cpu_per_request_ms(database_url, user_class, reads))
    for name, ours_ms in costs_ms.items():
        ratio = median(ours / bare for ours, bare in zip(ours_ms, bare_ms, strict=True))
        detail = f"{median(ours_ms):.3f} / {median(bare_ms):.3f} ms"
        yield Figure(f"generator CPU per request, ours / bare, {name}", ratio, "<=", BOUND, detail)


def _cpu_per_request_ms(database_url: str, user_class: str, reads: str) -> float:
    replace_world(database_url, SEEDER, WORLD)
    with tempfile.TemporaryDirectory() as folder:
        figures_file = Path(folder) / "figures.json"
        command = [sys.executable, "-m", "locust", "-f", str(ROOT / "benchmarks" / "crowd.py"), "--headless"]
        load = ["-u", USERS, "-r", USERS, "-t", RUN_TIME, "--only-summary"]
        ours = ["--think-time", "0", "--auth", "mint", "--reads", reads, "--resend", "0.02"]
        subprocess.run(
            [*command, *load, *ours, user_class],
            cwd=ROOT,
            env={**os.environ, "BENCH_FIGURES": str(figures_file)},
            check=False,  # the bare user counts every 409 as a failure, and Locust then exits with 1
            capture_output=True,
        )
        figures = json.loads(figures_file.read_text())
    return float(figures["cpu_s"] / figures["requests"] * 1000)
