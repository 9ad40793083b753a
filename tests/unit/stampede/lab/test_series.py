import csv
from collections import Counter
from pathlib import Path

import duckdb
import pytest

from stampede.errors import StampedeError
from stampede.lab.series import HISTORY, write_series
from stampede.load.series import Second
from stampede.report.timeline import SERIES
from stampede.suite.fault import Injection

SECONDS = (
    Second(100, 5, 1, 100, 0.5, (0, "ramp"), Counter({10: 8, 500: 2}), "warm"),
    Second(101, 5, 0, 0, 0.1, (0, "steady"), Counter(), "warm"),
    Second(102, 4, 0, 300, 0.2, (1, "steady"), Counter({20: 10}), "peak", 12.5),
)
USAGE = {"cpu api": [(101.5, 0.7), (103.5, 9.0)], "cpu locust": [(100.2, 0.25)], 'pool in "use"': [(99.0, 3.0)]}


def test_series_has_a_row_per_second(tmp_path: Path) -> None:
    write_series(SECONDS, USAGE, (), 99.5, tmp_path)
    query = f"""select elapsed_s, phase, stage, users, requests_per_s, failures_per_s, p95_ms, lag_ms, "cpu locust",
        "cpu api", "pool in ""use""\" from '{tmp_path / SERIES}'"""
    assert duckdb.sql(query).fetchall() == [
        (0, "ramp", "warm", 5, 10, 1, 50.0, 0.0, 0.75, None, 3.0),
        (1, "steady", "warm", 5, 0, 0, None, 0.0, 0.35, 0.7, 3.0),
        (2, "steady", "peak", 4, 10, 0, 2.0, 12.5, 0.45, 0.7, 3.0),
    ]


def test_faults_mark_the_seconds_in_which_they_were_under_way(tmp_path: Path) -> None:
    faults = (Injection("kill db at 1s", ((1.2, 1.3),)), Injection("pause db for 1s at 1s", ((1.6, 2.6),)))
    write_series(SECONDS, {}, (*faults, Injection("kill cache at 9s")), 99.5, tmp_path)
    marked = duckdb.sql(f"select faults from '{tmp_path / SERIES}' order by second").fetchall()
    assert marked == [(["kill db at 1s"],), (["pause db for 1s at 1s"],), (["pause db for 1s at 1s"],)]


def test_history_is_locusts(tmp_path: Path) -> None:
    write_series(SECONDS, {}, (), 99.5, tmp_path)
    with (tmp_path / HISTORY).open() as file:
        rows = list(csv.DictReader(file))
    assert [(row["Timestamp"], row["User Count"], row["Name"], row["Requests/s"]) for row in rows] == [
        ("100", "5", "Aggregated", "10"),
        ("101", "5", "Aggregated", "0"),
        ("102", "4", "Aggregated", "10"),
    ]
    last = rows[-1]
    assert (last["95%"], last["Total Request Count"], last["Total Failure Count"]) == ("50.0", "20", "1")
    assert (last["Total Min Response Time"], last["Total Average Content Size"]) == ("1.0", "20.0")


def test_history_has_locusts_columns(tmp_path: Path) -> None:
    write_series(SECONDS[:1], {}, (), 99.5, tmp_path)
    header = (tmp_path / HISTORY).read_text().splitlines()[0].split(",")
    assert header[:7] == ["Timestamp", "User Count", "Type", "Name", "Requests/s", "Failures/s", "50%"]
    assert header[15:18] == ["99.99%", "100%", "Total Request Count"]


def test_labels_that_sql_takes_for_one_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(StampedeError, match="could not be written"):
        write_series(SECONDS, {"gauge Pool": [], "gauge pool": []}, (), 99.5, tmp_path)


def test_run_without_seconds_leaves_no_file(tmp_path: Path) -> None:
    write_series((), {}, (), 99.5, tmp_path)
    assert list(tmp_path.iterdir()) == []
