from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from stampede.judge.verdict import judge
from stampede.report.junit import render_junit
from stampede.verify.checks import NO_ROWS
from stampede.verify.results import Offender
from tests.unit.stampede.builders import CRASHED, FAILED, PASSED, SKIPPED, make_findings


def parse(**fields: Any) -> ET.Element:
    return ET.fromstring(render_junit(judge(make_findings(**fields))))  # noqa: S314  # our own text


def counts(suite: ET.Element) -> tuple[str | None, ...]:
    return tuple(suite.get(name) for name in ("tests", "failures", "errors", "skipped"))


def test_failures_and_errors_are_counted() -> None:
    # A threshold, three checks, an audit, and the verdict.
    assert counts(parse(checks=(PASSED, FAILED, CRASHED))) == ("6", "2", "1", "0")


def test_case_names_system_group_and_check() -> None:
    case = parse(checks=(replace(FAILED, duration_ms=1234.0),)).find("testcase[@name='seats']")
    assert case is not None
    assert (case.get("classname"), case.get("time")) == ("shop.check", "1.234")
    assert [(part.tag, part.get("message")) for part in case] == [
        ("failure", "1 offending: item 1: expected at most 10, is 11")
    ]


@pytest.mark.parametrize(
    "fields",
    [
        {"audits": (PASSED, SKIPPED)},
        {"audits": (PASSED, replace(PASSED, outcome="unknown", population=0, reason=NO_ROWS))},
        {"checks": (PASSED, replace(FAILED, severity="warning"))},
        {"checks": (PASSED, replace(CRASHED, severity="warning"))},
    ],
)
def test_what_breaks_no_build_is_skipped(fields: dict[str, Any]) -> None:
    assert counts(parse(**fields))[1:] == ("0", "0", "1")


def test_unknown_verdict_is_an_error() -> None:
    suite = parse(troubles=("a worker was lost",))
    assert counts(suite)[1:] == ("0", "1", "0")
    error = suite.find("testcase/error")
    assert error is not None
    assert error.get("message") == "a worker was lost"


def test_control_characters_leave_a_document() -> None:
    hostile = replace(FAILED, rows=(Offender("a\x00b\x1b\ud800\ufffe", "1", "2", ""),))
    failure = parse(checks=(hostile,)).find("testcase/failure")
    assert failure is not None
    assert "a\ufffdb\ufffd\ufffd\ufffd: expected 1" in str(failure.get("message"))
