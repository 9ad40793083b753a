"""JUnit XML: one test case per threshold, check and audit; unknown is an error."""

import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from stampede.judge.verdict import Judgement, Verdict, had_nothing_in_scope
from stampede.verify.results import CheckResult

Case = tuple[str, str, str, str, float]
NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # no document may hold these
BAND_OUTCOMES = {"good": "pass", "warning": "skipped", "critical": "fail", "unknown": "unknown"}
TAGS = {"fail": "failure", "unknown": "error", "skipped": "skipped"}


def render_junit(judgement: Judgement) -> str:
    """The judgement as a test suite for CI systems."""
    cases = list(_cases(judgement))
    counts = {tag: sum(TAGS.get(case[2]) == tag for case in cases) for tag in TAGS.values()}
    suite = ET.Element(
        "testsuite",
        name=judgement.findings.run,
        tests=str(len(cases)),
        failures=str(counts["failure"]),
        errors=str(counts["error"]),
        skipped=str(counts["skipped"]),
    )
    for group, name, outcome, text, seconds in cases:
        classname = f"{judgement.findings.system}.{group}"
        case = ET.SubElement(suite, "testcase", classname=classname, name=name, time=f"{seconds:.3f}")
        if outcome != "pass":
            ET.SubElement(case, TAGS[outcome], message=text)
    return NOT_XML.sub("\ufffd", ET.tostring(suite, encoding="unicode", xml_declaration=True))


def _cases(judgement: Judgement) -> Iterator[Case]:
    findings = judgement.findings
    for threshold in findings.thresholds:
        yield "threshold", threshold.threshold, threshold.outcome, f"measured {threshold.actual}", 0.0
    for band in findings.bands:
        yield "band", band.metric, BAND_OUTCOMES[band.zone], band.described, 0.0
    yield from _result_cases("check", findings.checks)
    yield from _result_cases("audit", findings.audits)
    outcome = {Verdict.PASS: "pass", Verdict.FAIL: "fail", Verdict.UNKNOWN: "unknown"}[judgement.verdict]
    yield "verdict", findings.run, outcome, "; ".join(reason.text for reason in judgement.reasons), 0.0


def _result_cases(group: str, results: tuple[CheckResult, ...]) -> Iterator[Case]:
    for result in results:
        rows = "; ".join(f"{row.entity}: expected {row.expected}, is {row.actual}" for row in result.rows)
        text = result.reason or f"{result.offenders} offending: {rows}"
        outcome: str = result.outcome
        if outcome != "pass" and (result.severity == "warning" or (group == "audit" and had_nothing_in_scope(result))):
            outcome = "skipped"  # shown with its reason, but it does not break a build
        yield group, result.name, outcome, text, result.duration_ms / 1000
