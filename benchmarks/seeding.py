"""Seeding a million registrations, against a bare COPY of the same rows into bare tables."""

import io
import time
from collections.abc import Iterator
from statistics import median

from benchmarks.figure import Figure
from benchmarks.world import replace_world
from seed.registration import SEEDER, World
from stampede.verify.database import connect

ROUNDS = 3
BOUND = 0.6
LARGE_WORLD = World(students=20_000, courses=9_100, capacity=(100,), registrations=1_000_000)
TABLES = {
    "course_registrations": "course_id, student_id, status, reserve_position, created_at",
    "events": "course_id, student_id, version, action, status, reserve_position, seeded, occurred_at",
}


def measure(database_url: str) -> Iterator[Figure]:
    """The seeder makes names, indexes and constraints too; the bare COPY only moves bytes."""
    seeded_s, copied_s = [], []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        replace_world(database_url, SEEDER, LARGE_WORLD)
        seeded_s.append(time.perf_counter() - started)
        copied_s.append(_copy_bare_s(database_url))
    ratio = median(bare / ours for bare, ours in zip(copied_s, seeded_s, strict=True))
    detail = f"seeded in {median(seeded_s):.1f} s, bare COPY {median(copied_s):.1f} s"
    yield Figure("seeding 1 M registrations, against bare COPY", ratio, ">=", BOUND, detail)


def _copy_bare_s(database_url: str) -> float:
    connection = connect(database_url)
    elapsed_s = 0.0
    with connection, connection.cursor() as cursor:
        for table, columns in TABLES.items():
            rows = io.BytesIO()
            cursor.copy_expert(f"copy (select {columns} from registration.{table}) to stdout", rows)
            rows.seek(0)
            cursor.execute(f"create table registration.bare_{table} (like registration.{table} including identity)")
            started = time.perf_counter()
            cursor.copy_expert(f"copy registration.bare_{table} ({columns}) from stdin with (freeze)", rows)
            elapsed_s += time.perf_counter() - started
        connection.rollback()
    connection.close()
    return elapsed_s
