from pathlib import Path

import duckdb
import pytest

from stampede.errors import StampedeError
from stampede.evidence.engine import literal
from stampede.faults.outage import Outage, Outages, measure_outages
from stampede.suite.fault import Injection

START = 1000.0
# Successes at these seconds into the load; nothing between 10 and 14, an unknown at 12, the load ends at 21.
ROWS = [(second, "ok") for second in (2, 6, 10, 14, 18)] + [(12, "unknown"), (19, "refused"), (21, "unknown")]


@pytest.fixture
def evidence(tmp_path: Path) -> Path:
    write(tmp_path, ROWS)
    return tmp_path


def write(folder: Path, rows: list[tuple[int, str]]) -> None:
    values = ", ".join(
        f"({START + second}::double, {START + second}::double, {literal(kind)})" for second, kind in rows
    )
    operations = f"select * from (values {values}) as o (invoked_at, completed_at, outcome)"
    duckdb.sql(f"copy ({operations}) to {literal(folder / 'operations.parquet')} (format parquet)")


def recovery(evidence: Path, *spans: tuple[float, float]) -> Outage | None:
    return measure_outages(evidence, START, [Injection("kill it", spans)]).recovery


def test_longest_outage_is_found(evidence: Path) -> None:
    write(evidence, [*ROWS, (27, "ok")])
    assert measure_outages(evidence, START, []) == Outages(Outage(8.0), None)


@pytest.mark.parametrize(
    ("span", "seconds"),
    [
        ((10.5, 10.6), 3.5),  # counted from the fault
        ((9.5, 9.6), 4.0),  # the last answers came just after the fault
        ((8, 11), 4.0),  # a fault that lasts
        ((15, 15), 3.0),
    ],
)
def test_recovery_lasts_until_the_next_success(evidence: Path, span: tuple[float, float], seconds: float) -> None:
    assert recovery(evidence, span) == Outage(seconds)


def test_worst_recovery_counts(evidence: Path) -> None:
    assert recovery(evidence, (17, 17), (10.5, 10.5), (15, 15)) == Outage(3.5)


def test_recovery_that_never_came_is_open(evidence: Path) -> None:
    assert recovery(evidence, (19.5, 19.5)) == Outage(1.5, open=True)


def test_outage_at_the_start_counts(tmp_path: Path) -> None:
    write(tmp_path, [(1, "unknown"), (18, "ok"), (19, "ok")])
    assert measure_outages(tmp_path, START, []).unavailable == Outage(17.0)


def test_run_without_success_has_no_outage(tmp_path: Path) -> None:
    write(tmp_path, [(1, "unknown")])
    assert measure_outages(tmp_path, START, [Injection("kill it", ((0, 0),))]) == Outages()


def test_missing_operations_are_told(tmp_path: Path) -> None:
    with pytest.raises(StampedeError, match="outages of the run could not be measured"):
        measure_outages(tmp_path, START, [])
