"""The time series of a run, a row per second: series.parquet, and Locust's history of its statistics as CSV."""

import csv
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import duckdb

from stampede.errors import StampedeError
from stampede.evidence.engine import engine, write_parquet
from stampede.load.series import Second
from stampede.load.statistics import UNITS_PER_MS, Latency
from stampede.report.timeline import SERIES
from stampede.suite.fault import Injection
from stampede.suite.thresholds import GENERATORS
from stampede.verify.views import first_line

HISTORY = "locust_stats_history.csv"
Timed = Sequence[tuple[float, float]]  # unix seconds and value
GENERATORS_CPU = f"cpu {GENERATORS}"  # sampled is the master's, the workers report theirs
COLUMNS = {
    "second": "BIGINT",
    "elapsed_s": "INTEGER",
    "phase": "VARCHAR",
    "stage": "VARCHAR",
    "faults": "VARCHAR[]",
    "users": "INTEGER",
    "requests_per_s": "INTEGER",
    "failures_per_s": "INTEGER",
    "p50_ms": "DOUBLE",
    "p95_ms": "DOUBLE",
    "p99_ms": "DOUBLE",
    "lag_ms": "DOUBLE",
    GENERATORS_CPU: "DOUBLE",
}
PERCENTS = (50, 66, 75, 80, 90, 95, 98, 99, 99.9, 99.99, 100)
HISTORY_HEADER = (
    "Timestamp", "User Count", "Type", "Name", "Requests/s", "Failures/s",
    *(f"{percent}%" for percent in PERCENTS),
    "Total Request Count", "Total Failure Count", "Total Median Response Time", "Total Average Response Time",
    "Total Min Response Time", "Total Max Response Time", "Total Average Content Size",
)  # fmt: skip


def write_series(
    series: Sequence[Second], usage: Mapping[str, Timed], faults: Sequence[Injection], started_at: float, folder: Path
) -> None:
    """Write both files; without a second there is nothing to write. Faults count from `started_at`, in unix seconds.

    Raises:
        StampedeError: series.parquet cannot hold it, such as labels that differ in upper and lower case only.
    """
    if not series:
        return
    marked = {one.second: _find_faults(one.second - started_at, faults) for one in series}
    try:
        _write_parquet(series, usage, marked, folder / SERIES)
    except duckdb.Error as error:
        raise StampedeError(f"{SERIES} could not be written: {first_line(error)}") from None
    with (folder / HISTORY).open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HISTORY_HEADER)
        writer.writerows(_history_rows(series))


def _find_faults(elapsed_s: float, faults: Sequence[Injection]) -> list[str]:
    """The faults that were under way in the second that begins `elapsed_s` after the start of the load."""
    return [
        fault.fault
        for fault in faults
        if any(begun < elapsed_s + 1 and ended >= elapsed_s for begun, ended in fault.spans)
    ]


def _write_parquet(
    series: Sequence[Second], usage: Mapping[str, Timed], marked: Mapping[int, list[str]], path: Path
) -> None:
    columns = {**COLUMNS, **dict.fromkeys(usage, "DOUBLE")}
    declared = ", ".join(f'"{name.replace(chr(34), chr(34) * 2)}" {kind}' for name, kind in columns.items())
    with engine() as connection:
        connection.execute(f"create table series ({declared})")
        marks = ", ".join("?" * len(columns))
        rows = [_row(series, one, usage, marked[one.second]) for one in series]
        connection.executemany(f"insert into series values ({marks})", rows)
        write_parquet(connection, "select * from series order by second", path)


def _row(series: Sequence[Second], one: Second, usage: Mapping[str, Timed], faults: list[str]) -> list[object]:
    latency = one.latency
    known = latency.total > 0
    times = [latency.percentile_ms(percent) if known else None for percent in (50, 95, 99)]
    load = [one.phase[1], one.stage, faults, one.users, latency.total, one.failures, *times, one.lag_ms]
    sampled = {figure: _last_before(values, one.second + 1) for figure, values in usage.items()}
    cpu = one.cpu_s + (sampled.pop(GENERATORS_CPU, None) or 0.0)
    return [one.second, one.second - series[0].second, *load, cpu, *sampled.values()]


def _last_before(values: Timed, at: float) -> float | None:
    """The latest value until a time; components are sampled less often than once a second."""
    index = bisect_right(values, at, key=lambda pair: pair[0])
    return values[index - 1][1] if index else None


def _history_rows(series: Sequence[Second]) -> Iterator[list[object]]:
    """As Locust's `--csv` writes its aggregate: rates of the second, everything else since the start."""
    counts: Counter[int] = Counter()
    failures, size = 0, 0
    for one in series:
        counts.update(one.counts)
        failures, size = failures + one.failures, size + one.size
        total = Latency(counts)
        spread = [total.percentile_ms(percent) if counts else "N/A" for percent in PERCENTS]
        least_ms = min(counts, default=0) / UNITS_PER_MS
        yield [
            one.second, one.users, "", "Aggregated", one.latency.total, one.failures, *spread,
            total.total, failures, total.percentile_ms(50), total.average_ms, least_ms, total.max_ms,
            size / max(1, total.total),
        ]  # fmt: skip
