"""All checks of a system at a million rows, against one sequential count of its largest table."""

import time
from collections.abc import Iterator
from statistics import median

from benchmarks import ROOT
from benchmarks.figure import Figure
from benchmarks.seeding import LARGE_WORLD
from benchmarks.world import replace_world
from seed.registration import SEEDER
from stampede.suite.check import load_checks
from stampede.verify.checks import run_checks
from stampede.verify.database import connect, snapshot

ROUNDS = 3
BOUND = 30.0


def measure(database_url: str) -> Iterator[Figure]:
    """Checks and count in turn, in snapshots like the tool's own; the count in one process, as it says."""
    replace_world(database_url, SEEDER, LARGE_WORLD)
    checks = load_checks(ROOT / "sql" / "checks" / "registration")
    connection = connect(database_url)
    checked_s, counted_s = [], []
    for _ in range(ROUNDS):
        with snapshot(connection), connection.cursor() as cursor:
            cursor.execute("set local max_parallel_workers_per_gather = 0")
            started = time.perf_counter()
            cursor.execute("select count(*) from registration.events")
            counted_s.append(time.perf_counter() - started)
            cursor.execute("reset max_parallel_workers_per_gather")
            started = time.perf_counter()
            results = run_checks(connection, checks)
            checked_s.append(time.perf_counter() - started)
        assert all(result.outcome == "pass" for result in results), results
    connection.close()
    ratio = median(checked / counted for checked, counted in zip(checked_s, counted_s, strict=True))
    detail = f"{len(checks)} checks in {median(checked_s):.1f} s, count in {median(counted_s):.2f} s"
    yield Figure("all checks at 1 M rows / one sequential count", ratio, "<=", BOUND, detail)
