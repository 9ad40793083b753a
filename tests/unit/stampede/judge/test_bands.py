from dataclasses import replace
from typing import Any

import pytest

from stampede.judge.bands import evaluate_bands
from stampede.judge.verdict import Verdict, judge
from stampede.suite.bands import Metric, parse_band
from tests.unit.stampede.builders import LOAD, make_findings

USED = {"cpu_s": 1.0, "cpu_cores": 0.75, "memory_bytes": 400}
ENVIRONMENT: dict[str, Any] = {
    "limits": {"cores": 2.0, "memory_bytes": 1000},
    "usage": {"components": {"api": USED, "database": USED}},
}


def zone(metric: Metric, good: str, critical: str, environment: dict[str, Any] = ENVIRONMENT) -> str:
    (result,) = evaluate_bands((parse_band(metric, (good, critical)),), LOAD, environment)
    return result.zone


@pytest.mark.parametrize(
    ("metric", "good", "critical", "expected"),
    [
        ("p95", "2ms", "5ms", "good"),
        ("p95", "1ms", "5ms", "warning"),
        ("p95", "0ms", "1ms", "warning"),
        ("p95", "0ms", "0.5ms", "critical"),
        ("error_rate", "1%", "5%", "good"),
        ("cpu", "76%", "85%", "good"),
        ("cpu", "70%", "75%", "warning"),
        ("cpu", "50%", "74%", "critical"),
        ("memory", "70%", "80%", "warning"),
        ("memory", "70%", "79%", "critical"),
    ],
)
def test_figure_lies_in_its_band(metric: Metric, good: str, critical: str, expected: str) -> None:
    assert zone(metric, good, critical) == expected


def test_unknown_component_leaves_the_share_unknown() -> None:
    hidden = {**USED, "cpu_cores": None}
    environment = {**ENVIRONMENT, "usage": {"components": {"api": USED, "database": hidden}}}
    assert zone("cpu", "70%", "85%", environment) == "unknown"
    assert zone("memory", "70%", "85%", environment) == "warning"
    assert zone("cpu", "70%", "85%", {}) == "unknown"


def test_only_critical_and_unknown_change_the_verdict() -> None:
    (result,) = evaluate_bands((parse_band("p95", ("1ms", "5ms")),), LOAD, ENVIRONMENT)
    assert judge(make_findings(bands=(replace(result, zone="good"),))).verdict is Verdict.PASS
    assert judge(make_findings(bands=(replace(result, zone="warning"),))).verdict is Verdict.PASS
    assert judge(make_findings(bands=(replace(result, zone="critical"),))).verdict is Verdict.FAIL
    assert judge(make_findings(bands=(replace(result, zone="unknown"),))).verdict is Verdict.UNKNOWN
