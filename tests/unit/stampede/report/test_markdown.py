from stampede.judge.verdict import judge
from stampede.report.markdown import render_markdown
from tests.unit.stampede.builders import FAILED, SKIPPED, make_findings


def test_verdict_and_reasons_come_first() -> None:
    lines = render_markdown(judge(make_findings(checks=(FAILED,)))).splitlines()
    assert lines[0] == "# FAIL: shop/rush"
    assert lines[3] == "- **FAIL** check seats: 1 offending, item 1 (expected at most 10, is 11)"


def test_findings_stand_in_tables() -> None:
    lines = render_markdown(judge(make_findings(checks=(FAILED,), audits=(SKIPPED,)))).splitlines()
    for row in (
        "| 100 | 0 | 10.0 | 1.0 | 1.0 | 1.0 |",
        "| `p95 < 500ms` | 1.0 ms | PASS |",
        "| seats | 10 | 1 | **FAIL** |",
        "| lost | 0 | 0 | not verified |",
        "- seats: item 1, expected at most 10, is 11.",
    ):
        assert row in lines
