from typing import Any

import pytest

from stampede.judge.bands import BandResult
from stampede.judge.baseline import Difference
from stampede.judge.verdict import judge
from stampede.report.files import render_html
from stampede.report.junit import render_junit
from stampede.report.markdown import render_markdown
from stampede.report.terminal import render_terminal
from stampede.suite.baseline import Entry
from tests.unit.stampede.builders import make_findings

SLOWER = Difference("Buy", Entry(10.0, 20.0, 30.0, 40.0), Entry(12.0, 20.0, 15.0, 44.0))
ABSENT = Difference("Pay", Entry(10.0, 20.0, 30.0, 40.0), None)
BAND = BandResult("p95", 250.0, 200.0, 500.0, "ms", "warning")


def findings(**fields: Any) -> Any:
    given = {"baseline": (SLOWER, ABSENT), "bands": (BAND,)}
    return judge(make_findings(plan={"baseline": "rush.json"}, **{**given, **fields}))


@pytest.mark.parametrize("render", [render_terminal, render_markdown, render_html])
def test_each_entry_has_a_line_with_the_difference(render: Any) -> None:
    text = render(findings())
    assert all(told in text for told in ("12.0 (+20 %)", "20.0 (+0 %)", "15.0 (-50 %)", "44.0 (+10 %)"))
    assert "not sent (10.0)" in text


@pytest.mark.parametrize("render", [render_terminal, render_markdown, render_html, render_junit])
def test_band_is_shown_with_its_bounds(render: Any) -> None:
    text = render(findings())
    assert "250.0 ms (good below 200 ms, critical above 500 ms)" in text


def test_unwritten_baseline_is_told() -> None:
    assert "not written yet" in render_terminal(findings(baseline=()))


def test_critical_band_breaks_a_build() -> None:
    critical = BandResult("p95", 600.0, 200.0, 500.0, "ms", "critical")
    assert 'failures="2"' in render_junit(findings(bands=(critical,)))
