import pytest

from stampede.errors import StampedeError
from stampede.suite.model import Target, Usage
from stampede.suite.thresholds import find_unmeasured, parse_threshold
from tests.unit.stampede.builders import make_suite


@pytest.mark.parametrize(
    ("text", "metric", "compare", "bound", "unit"),
    [
        ("p95 < 500ms", "p95", "<", 500, "ms"),
        ("p99.9<=1.5s", "p99.9", "<=", 1500, "ms"),
        ("average < 0.2s", "average", "<", 200, "ms"),
        ("error_rate < 1%", "error_rate", "<", 1, "%"),
        ("throughput >= 500/s", "throughput", ">=", 500, "/s"),
    ],
)
def test_threshold_is_parsed(text: str, metric: str, compare: str, bound: float, unit: str) -> None:
    threshold = parse_threshold(text)
    assert (threshold.metric, threshold.compare, threshold.bound, threshold.unit) == (metric, compare, bound, unit)


@pytest.mark.parametrize(
    ("text", "scope", "metric", "unit"),
    [
        ("Create Order: p95 < 500ms", "Create Order", "p95", "ms"),
        ("Create Order [sold_out] : max<1s", "Create Order [sold_out]", "max", "ms"),
        ("GET: average < 200ms", "GET", "average", "ms"),
        ("GET /a:b: error_rate < 1%", "GET /a:b", "error_rate", "%"),
        ("sold_out <= 10", None, "sold_out", ""),
        ("Create Order: sold_out > 0", "Create Order", "sold_out", ""),
        ("Create Order [sold_out] > 5/s", "Create Order [sold_out]", "throughput", "/s"),
        ("Create Order [sold_out] > 5", "Create Order [sold_out]", "requests", ""),
        ("sold_out > 5/s", None, "sold_out", "/s"),
        ("5xx <= 0", None, "5xx", ""),
        ("Login: failures <= 0", "Login", "failures", ""),
        ("cpu api < 1.5", "api", "cpu", "cores"),
        ("memory api < 0.5GB", "api", "memory", "MB"),
        ("gauge waiting for the pool < 5", "waiting for the pool", "gauge", ""),
    ],
)
def test_scope_and_count_are_parsed(text: str, scope: str | None, metric: str, unit: str) -> None:
    threshold = parse_threshold(text)
    assert (threshold.scope, threshold.metric, threshold.unit) == (scope, metric, unit)


def test_count_is_compared_as_it_is() -> None:
    assert parse_threshold("sold_out <= 10").bound == 10


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "Cannot parse threshold ''"),
        ("p95", "Cannot parse threshold"),
        ("p95 = 5ms", "Cannot parse threshold"),
        (": p95 < 5ms", "Cannot parse threshold"),
        ("p95 < 500", "in ms"),
        ("p95 < 5%", "in ms"),
        ("throughput > 5ms", "in /s"),
        ("latency < 5ms", "no metric"),
        ("p100 < 500", "no metric"),
        ("sold_out <= 10%", "no metric"),
        ("sold_out < 1.5", "whole number"),
        ("cpu api < 50%", "in cores"),
        ("memory api < 500", "in MB or GB"),
        ("gauge pool < 5MB", "no unit"),
        ("stage peak: cpu api < 1", "on the whole run"),
        ("cpu api < 1 of stage peak", "on the whole run"),
        ("p95 < 150% of stage before", "compares two stages"),
        ("stage after: p95 < 150ms of stage before", "compares two stages"),
        ("stage after: sold_out < 150% of stage before", "compares two stages"),
        ("sold_out <= 10MB", "no metric"),
    ],
)
def test_refusal_names_the_mistake(text: str, told: str) -> None:
    with pytest.raises(StampedeError, match=told):
        parse_threshold(text)


@pytest.mark.parametrize(
    ("text", "stage", "scope"),
    [
        ("stage peak: p95 < 1s", "peak", None),
        ("stage step 2: Create Order: p95 < 1s", "step 2", "Create Order"),
        ("stage peak: Buy [ok] > 5/s", "peak", "Buy [ok]"),
        ("stages: p95 < 1s", None, "stages"),
    ],
)
def test_stage_stands_before_the_scope(text: str, stage: str | None, scope: str | None) -> None:
    threshold = parse_threshold(text)
    assert (threshold.stage, threshold.scope) == (stage, scope)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("stage peak: p95 < 1s", None),
        ("stage pek: p95 < 1s", "names an unknown stage; the plan's stages: peak"),
        ("stage peak: p95 < 150% of stage peak", None),
        ("stage peak: p95 < 150% of stage before", "names an unknown stage; the plan's stages: peak"),
        ("cpu api < 1", None),
        ("cpu locust < 1", None),
        ("cpu apii < 1", "names apii, but cpu is measured of api, locust"),
        ("connections api < 1", "connections is measured of none"),
        ("gauge queue < 1", None),
        ("counter queue < 1", "counter is measured of retries"),
    ],
)
def test_what_is_never_measured_is_refused(text: str, told: str | None) -> None:
    target = Target("http://x", gauges={"queue": "q"}, counters={"retries": "r"}, usage={"api": Usage("c", "m")})
    found = find_unmeasured(parse_threshold(text), ("peak",), make_suite(target=target))
    assert (told in found) if told and found else found is told
