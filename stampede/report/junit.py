"""JUnit XML: one test case per threshold, check and audit query; unknown is an error."""

from collections.abc import Iterator
from xml.etree import ElementTree as ET

from stampede.checks import CheckResult
from stampede.verdict import Judgement, Verdict, saw_nothing

Case = tuple[str, str, str, str, float]


def render_junit(judgement: Judgement) -> str:
    """The judgement as a test suite for CI systems."""
    cases = list(_cases(judgement))
    failures = sum(outcome == "fail" for _, _, outcome, _, _ in cases)
    errors = sum(outcome == "unknown" for _, _, outcome, _, _ in cases)
    suite = ET.Element(
        "testsuite", name=judgement.run, tests=str(len(cases)), failures=str(failures), errors=str(errors)
    )
    for group, name, outcome, text, seconds in cases:
        classname = f"{judgement.system}.{group}"
        case = ET.SubElement(suite, "testcase", classname=classname, name=name, time=f"{seconds:.3f}")
        if outcome != "pass":
            ET.SubElement(case, "failure" if outcome == "fail" else "error", message=text)
    return ET.tostring(suite, encoding="unicode", xml_declaration=True)


def _cases(judgement: Judgement) -> Iterator[Case]:
    for threshold in judgement.thresholds:
        yield "threshold", threshold.threshold, threshold.outcome, f"measured {threshold.actual}", 0.0
    yield from _result_cases("check", judgement.checks)
    yield from _result_cases("audit", judgement.audit.results if judgement.audit else ())
    outcome = {Verdict.PASS: "pass", Verdict.FAIL: "fail", Verdict.UNKNOWN: "unknown"}[judgement.verdict]
    yield "verdict", judgement.run, outcome, "; ".join(reason.text for reason in judgement.reasons), 0.0


def _result_cases(group: str, results: tuple[CheckResult, ...]) -> Iterator[Case]:
    for result in results:
        rows = "; ".join(f"{row.entity}: expected {row.expected}, is {row.actual}" for row in result.rows)
        text = result.reason or f"{result.offenders} offending: {rows}"
        outcome = (
            "pass" if result.severity == "warning" or (group == "audit" and saw_nothing(result)) else result.outcome
        )
        yield group, result.name, outcome, text, result.duration_ms / 1000
