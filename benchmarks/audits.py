"""Collecting, exporting and auditing synthetic evidence; a quarter of the writes goes to one entity."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import duckdb
import psycopg2

from benchmarks.figure import Figure
from stampede.evidence.collect import WorkerHistory, collect_operations
from stampede.evidence.columns import EFFECTS, STATES
from stampede.evidence.export import export_part
from stampede.evidence.manifest import Manifest, Part, clocks, write_manifest
from stampede.suite.rules import SystemRules
from stampede.verify.audits import run_audits

SECONDS = 6.0
MEGABYTES = 512.0
GROWTH = 12.0
LARGE_MEGABYTES = 2048.0
SMALL, LARGE = 1_000_000, 10_000_000
WORKERS = 2

# Half writes, half reads. A write takes effect at second i / 4000 and is under way up to 8 ms before and after;
# 64 clients take turns. A quarter of the writes goes to one course, the rest to 2,000 others.
WRITES = """
create table writes as
select i, 'course ' || md5((case when i % 4 = 0 then 0 else 1 + hash(i) % 2000 end)::varchar) as entity,
    'student ' || md5((hash(i + 7) % 100000)::varchar) as actor, i / 4000.0 as t,
    i / 4000.0 - 0.0005 - (hash(i + 1) % 7500) / 1e6 as invoked,
    i / 4000.0 + 0.0005 + (hash(i + 2) % 7500) / 1e6 as completed,
    (hash(i + 3) % 10) = 0 as refused
from range({n} // 2) r(i);
create table versions as
select *, row_number() over (partition by entity order by i) as version from writes where not refused;
create table facts as
select *, json_object('course_id', entity, 'name', 'Course of ' || entity[8:16], 'capacity', 30,
    'enrolled_count', version, 'price', (version % 700) / 100,
    'status', case when version % 3 = 0 then 'full' else 'open' end) as facts from versions;
"""
# A refused write waits for a state that allows it: here the nearest version, whatever it is, allows course_full.
HISTORY = """
select 'run.' || i % {workers} || '.' || i as op, 1 as n, i % {workers} || '.' || (i % 64) as client, 'write' as kind,
    actor, 'register' as action, [entity] as entities, null::json as args, null as key, invoked as "from",
    completed as "to",
    case when refused then 'refused' else 'ok' end as outcome,
    case when refused then 'course_full' end as code,
    case when not refused then json_object('course_id', entity, 'status', 'enrolled', 'reserve_position', 'null')
    end as answer
from writes where i % {workers} = {rank}
union all
select 'run.' || w.i % {workers} || '.r' || w.i, 1, w.i % {workers} || '.' || (64 + w.i % 64), 'read', '', 'view',
    [w.first], null, null, w.invoked, w.completed, 'ok', null,
    json_object('items', case when f1.facts is not null then [{{'entity': f1.entity, 'facts': f1.facts}}] else [] end
        || case when w.i % 3 > 0 and f2.facts is not null and f2.entity <> f1.entity
            then [{{'entity': f2.entity, 'facts': f2.facts}}] else [] end,
        'claim', case when w.i % 5 = 0 then {{'of': 'course', 'mine': false, 'where': {{'capacity': 30}},
            'conditions': ['enrolled_count >= 1'], 'complete': false, 'page': null}} end,
        'counts', json_object(), 'stale_s', 0)
from (select w.*, 'course ' || md5((case when i % 2 = 0 then 0 else 1 + hash(i + 9) % 2000 end)::varchar) as second,
          'course ' || md5((case when i % 4 = 0 then 0 else 1 + hash(i + 8) % 2000 end)::varchar) as first
      from writes w) w
    asof left join facts f1 on f1.entity = w.first and f1.t <= w.t
    asof left join facts f2 on f2.entity = w.second and f2.t <= w.t
where w.i % {workers} = {rank}
"""
DATABASE = """
select 'run.' || i % {workers} || '.' || i as op_id, actor, entity, version, facts, t from facts order by i
"""
DROP = "drop schema if exists audits_benchmark cascade;"
TABLE = f"""
{DROP}
create schema audits_benchmark;
create table audits_benchmark.events (op_id text, actor text, entity text, version bigint, facts jsonb, t float8);
"""
EFFECTS_QUERY = """
select op_id, actor, 'register' as action, entity, version,
    jsonb_build_object('course_id', entity, 'status', 'enrolled', 'reserve_position', null) as answer, t as occurred_at
from audits_benchmark.events
"""
STATES_QUERY = """
select entity, version, facts, '["course_full on register"]'::jsonb as allows from audits_benchmark.events
union all
select distinct entity, 0, '{"enrolled_count": 0}'::jsonb, '["course_full"]'::jsonb from audits_benchmark.events
"""


def measure(database_url: str) -> Iterator[Figure]:
    """Seconds and peak memory of one process that collects, exports and audits; with BENCH_LARGE=1 also at 10 M."""
    seconds, megabytes = _measured(database_url, SMALL)
    yield Figure("collect, export and audit 1 M operations, s", seconds, "<=", SECONDS, "")
    yield Figure("peak memory at 1 M operations, MB", megabytes, "<=", MEGABYTES, "")
    if os.environ.get("BENCH_LARGE"):
        larger, megabytes = _measured(database_url, LARGE)
        yield Figure("10 M operations / 1 M operations", larger / seconds, "<=", GROWTH, f"{larger:.1f} s")
        yield Figure("peak memory at 10 M operations, MB", megabytes, "<=", LARGE_MEGABYTES, "")


def _measured(database_url: str, operations: int) -> tuple[float, float]:
    """Seconds and megabytes of a child process, since a peak cannot be reset in this one."""
    with tempfile.TemporaryDirectory() as name:
        generate(database_url, operations, Path(name))
        command = [sys.executable, "-m", "benchmarks.audits", database_url, name, str(operations)]
        try:
            child = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        finally:  # the seeder refuses a database that holds tables of others
            with psycopg2.connect(database_url) as target, target.cursor() as cursor:
                cursor.execute(DROP)
    seconds, megabytes = child.stdout.split()[-2:]
    return float(seconds), float(megabytes)


def generate(database_url: str, operations: int, folder: Path) -> None:
    """Write the workers' histories as files and the target's table by COPY."""
    database = folder / "generate.duckdb"
    with duckdb.connect(str(database), config={"memory_limit": "6GB", "threads": 2}) as connection:
        connection.execute(WRITES.format(n=operations))
        for rank in range(WORKERS):
            query = HISTORY.format(workers=WORKERS, rank=rank)
            connection.execute(f"copy ({query}) to '{folder}/{rank}.jsonl.gz' (format json, compression gzip)")
        connection.execute(f"copy ({DATABASE.format(workers=WORKERS)}) to '{folder}/events.csv' (header false)")
    database.unlink()
    with psycopg2.connect(database_url) as target, target.cursor() as cursor, (folder / "events.csv").open() as rows:
        cursor.execute(TABLE)
        cursor.copy_expert("copy audits_benchmark.events from stdin (format csv)", rows)
    (folder / "events.csv").unlink()


def work(database_url: str, folder: Path, operations: int) -> tuple[float, float]:
    """Collect, export and audit what `generate` made; seconds and megabytes at the peak.

    The database sends its rows while the histories are collected.
    """
    started, evidence = time.perf_counter(), folder / "evidence"
    evidence.mkdir(exist_ok=True)
    histories = [
        WorkerHistory(folder / f"{rank}.jsonl.gz", f"w{rank}", rank, operations // WORKERS, True, 0.0, 0.0005)
        for rank in range(WORKERS)
    ]
    with ThreadPoolExecutor(1) as pool, closing(psycopg2.connect(database_url)) as target:
        collecting = pool.submit(collect_operations, histories, evidence)
        export_part(target, EFFECTS_QUERY, EFFECTS, evidence / "effects.parquet")
        export_part(target, STATES_QUERY, STATES, evidence / "states.parquet")
        collected = collecting.result()
    assert not collected.troubles, collected.troubles
    _note("collected and exported", started)
    parts = {name: Part("present") for name in ("operations", "effects", "states")}
    write_manifest(evidence, Manifest("run", "bench", SystemRules(), clocks(histories), parts=parts))
    for result in run_audits(evidence, timeout_s=600):
        _note(
            f"{result.name} {result.outcome} {result.population} {result.duration_ms:.0f} ms {result.reason}", started
        )
        assert result.outcome in ("pass", "skipped"), result
    return time.perf_counter() - started, _peak_megabytes()


def _note(text: str, started: float) -> None:
    print(f"{time.perf_counter() - started:6.2f} s  {text}", file=sys.stderr)


def _peak_megabytes() -> float:
    # ru_maxrss starts at the size of the process that forked this one; VmHWM is this program's own.
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


if __name__ == "__main__":
    print(*work(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))
