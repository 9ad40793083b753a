from dataclasses import replace
from typing import Any

from stampede.judge.verdict import Verdict, judge
from stampede.load.statistics import FailureRow
from stampede.report.terminal import render_summary, render_terminal
from stampede.verify.checks import NO_ROWS
from tests.unit.stampede.builders import CRASHED, FAILED, KEPT, LOAD, PASSED, SKIPPED, make_findings


def render(**fields: Any) -> str:
    return render_terminal(judge(make_findings(**fields)))


def test_block_ends_in_verdict_and_recommendation() -> None:
    text = render(checks=(FAILED,))
    parts = ("Requests", "THRESHOLDS", "INTEGRITY CHECKS", "AUDIT", "VERDICT  FAIL", "RECOMMENDATION  Do not ship")
    assert sorted(parts, key=text.index) == list(parts)
    assert "item 1: expected at most 10, is 11." in text


def test_long_threshold_keeps_its_distance() -> None:
    long = replace(KEPT, threshold="Create Order [sold_out]: p95 < 1000ms", outcome="unknown", actual=None)
    text = render(thresholds=(KEPT, long))
    assert "UNKNOWN Create Order [sold_out]: p95 < 1000ms  nothing measured" in text
    assert "PASS    p95 < 500ms                            1.0 ms" in text


def test_operations_are_counted_by_kind() -> None:
    text = render()
    assert "100 writes recorded: 90 ok, 10 refused, 0 unknown" in text
    assert "20 reads recorded: 20 ok, 0 refused, 0 unknown" in text


def test_crashed_warning_is_not_shown_as_passed() -> None:
    crashed = replace(CRASHED, name="gates", severity="warning")
    (line,) = [line for line in render(checks=(crashed,)).splitlines() if "gates" in line]
    assert line.split()[0] == "UNKNOWN"
    assert line.endswith("(warning)")


def test_more_offenders_are_counted() -> None:
    text = render(checks=(replace(FAILED, offenders=1200, rows=FAILED.rows * 20),))
    assert text.count("item 1: expected") == 5
    assert "… and 1,195 more" in text
    assert "10 in scope, 1,200 offend" in text
    five = render(checks=(replace(FAILED, offenders=5, rows=FAILED.rows * 5),))
    assert five.count("item 1: expected") == 5
    assert "more" not in five


def test_query_without_rows_is_a_dash() -> None:
    empty = replace(PASSED, name="phantom", outcome="unknown", population=0, reason=NO_ROWS)
    (line,) = [line for line in render(audits=(empty,)).splitlines() if "phantom" in line]
    assert line.split()[0] == "-"
    assert NO_ROWS not in render(audits=(empty,))


def test_reason_of_a_crash_is_shown() -> None:
    lines = [line.strip() for line in render(checks=(CRASHED,)).splitlines()]
    assert "did not run: timeout" in lines
    assert not any(line.endswith("(warning)") for line in lines)


def test_passed_check_has_no_offenders() -> None:
    text = render(checks=(PASSED,))
    assert "10 in scope" in text
    assert "offend" not in text


def test_unverified_parts_stand_in_one_line() -> None:
    text = render(audits=(PASSED, SKIPPED), unverified=("no states", "no effects"))
    assert "not verified: no states; no effects" in text
    assert "lost" not in text


def test_failed_requests_are_named() -> None:
    text = render(load=replace(LOAD, failures=7, failure_rows=(FailureRow("Buy", "HTTP 503", 7),)))
    assert "failed 7x  Buy: HTTP 503" in text


def test_verification_alone_says_so() -> None:
    text = render_terminal(judge(replace(make_findings(load=None), plan=None)))
    assert "STAMPEDE  shop (verify alone)" in text
    assert "AUDIT" not in text


def test_summary_is_one_line_over_all_systems() -> None:
    judgements = [judge(make_findings(checks=(check,))) for check in (PASSED, FAILED)]
    assert render_summary(judgements, Verdict.FAIL) == "VERDICT  FAIL  (shop PASS, shop FAIL)"


def test_users_that_ended_by_themselves_are_named() -> None:
    assert "Ended by themselves   Buyer 3 (users)" in render(load=replace(LOAD, departures={"Buyer": 3}))
    assert "Ended by themselves" not in render()


def test_versions_are_those_of_the_environment_and_the_targets_health() -> None:
    health = {"status": "ready", "processes": 2, "packages": {"flask": "3.1"}}
    text = render(environment={"python": "3.12.3", "database": {"server_version": "17.5"}, "target": health})
    assert "VERSIONS  Python 3.12.3, PostgreSQL 17.5, flask 3.1" in text
    assert "VERSIONS" not in render()
