from typing import Any

from stampede.load.series import merge_series
from tests.unit.stampede.builders import make_report


def second(number: int, part: str = "steady", stage: int = 0, **fields: Any) -> dict[str, Any]:
    counts = {"users": 5, "failures": 1, "bytes": 10, "cpu_s": 0.2, "lag_ms": 3.0, "latencies": [[10, 2]]}
    return {"second": number, "part": part, "stage": stage, **counts, **fields}


def test_seconds_of_all_workers_are_added() -> None:
    reports = {
        "one": make_report({}, seconds=[second(100), second(101, stage=1)]),
        "two": make_report({}, seconds=[second(90, "ramp", latencies=[[30, 1]], lag_ms=7.5)], offset_s=10.2),
    }
    first, last = merge_series(reports, ("warm", "peak"))
    assert (first.second, first.users, first.failures, first.size, first.cpu_s) == (100, 10, 2, 20, 0.4)
    assert (first.lag_ms, last.lag_ms) == (7.5, 3.0)
    assert (first.latency.total, first.latency.max_ms, first.phase, first.stage) == (3, 3.0, (0, "steady"), "warm")
    assert (last.second, last.users, last.stage) == (101, 5, "peak")


def test_unmeasured_clock_and_missing_stages_are_borne() -> None:
    (only,) = merge_series({"one": make_report({}, seconds=[second(100)], offset_s=None)})
    assert (only.second, only.stage) == (100, "")
