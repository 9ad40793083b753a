import json
from dataclasses import asdict, replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from stampede.checks import Offender
from stampede.errors import StampedeError
from stampede.plans import Overrides, describe_plan, find_plan
from stampede.report.files import RENDERINGS, read_report, render_json, write_report
from stampede.report.junit import render_junit
from stampede.report.terminal import render_terminal
from stampede.statistics import RequestRow
from stampede.usage import Component, Spread, Usage
from stampede.verdict import Judgement, judge, worst
from tests.unit.stampede.test_verdict import AUDIT, CRASHED, FAILED, KEPT, LOAD, PASSED

UNSEEN = Component(None, None, None)
USAGE = Usage(
    retries=2.0,
    lock_waiters=0.5,
    components={"api": Component(5.0, 0.5, 143_400_000), "postgres": UNSEEN, "redis": UNSEEN, "locust": UNSEEN},
    connections=Spread(8.25, 1009),
    connections_active=None,
    pool_in_use=Spread(0.0, 0),
    pool_waiting=Spread(12.0, 31),
)
FIELDS = {"verdict", "reasons", "plan", "locking", "load", "thresholds", "checks", "audit", "environment"}


def judgement(*checks: object) -> Judgement:
    chosen = tuple(checks) or (PASSED,)
    reasons = judge(LOAD, (KEPT,), chosen, AUDIT, ())  # type: ignore[arg-type]  # check results
    return Judgement(
        verdict=worst(reason.verdict for reason in reasons),
        reasons=reasons,
        system="registration",
        run="registration-race_condition-20260101T000000Z",
        started_at="2026-01-01T00:00:00+00:00",
        finished_at="2026-01-01T00:01:00+00:00",
        locking="none",
        plan=describe_plan(find_plan("registration/race_condition", Overrides())),
        load=LOAD,
        thresholds=(KEPT,),
        checks=chosen,  # type: ignore[arg-type]  # check results
        audit=AUDIT,
    )


def test_verdict_json_has_the_documented_fields() -> None:
    fields = json.loads(render_json(judgement(FAILED)))
    assert fields.keys() >= FIELDS
    assert fields["verdict"] == "FAIL"
    assert fields["checks"][0]["rows"][0]["entity"] == "Databases"
    assert fields["load"]["metrics"]["p95"] == 1.0


def test_report_reads_back_as_it_was_written(tmp_path: Path) -> None:
    original = judgement(FAILED, CRASHED)
    write_report(original, tmp_path / original.run)
    assert read_report(tmp_path, "latest") == original
    assert {path.name for path in (tmp_path / original.run).iterdir()} == RENDERINGS.keys()


def test_report_of_before_kinds_still_reads(tmp_path: Path) -> None:
    row = RequestRow("Login", 100, 0, 1.0, 1.0, 1.0, 1.0, 1.0, "POST")
    write_report(replace(judgement(), load=replace(LOAD, rows=(row,))), tmp_path / "one")
    file = tmp_path / "one" / "verdict.json"
    fields = json.loads(file.read_text())
    del fields["load"]["rows"][0]["kind"]
    file.write_text(json.dumps(fields))
    load = read_report(tmp_path, "one").load
    assert load
    assert load.rows == (replace(row, kind=""),)


def test_long_threshold_and_what_was_measured_stay_apart() -> None:
    long = replace(KEPT, threshold="Create Order [sold_out]: p95 < 1000ms", outcome="unknown", actual=None)
    text = render_terminal(replace(judgement(), thresholds=(KEPT, long)))
    assert "Create Order [sold_out]: p95 < 1000ms  nothing measured" in text
    assert "p95 < 500ms                            1.0 ms" in text


def test_latest_turns_to_the_newest_report(tmp_path: Path) -> None:
    for run, check in (("one", PASSED), ("two", FAILED)):
        write_report(judgement(check), tmp_path / run)
    assert json.loads((tmp_path / "latest" / "verdict.json").read_text())["verdict"] == "FAIL"


def test_unknown_run_is_named_with_those_there_are(tmp_path: Path) -> None:
    write_report(judgement(), tmp_path / "one")
    with pytest.raises(StampedeError, match=r"no run 'two'.*one"):
        read_report(tmp_path, "two")


def test_junit_counts_failures_and_errors() -> None:
    suite = ET.fromstring(render_junit(judgement(PASSED, FAILED, CRASHED)))  # noqa: S314  # our own text
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("6", "2", "1")
    assert suite.find("testcase/failure") is not None


def test_terminal_block_ends_in_verdict_and_recommendation() -> None:
    text = render_terminal(judgement(FAILED))
    assert "VERDICT  FAIL" in text
    assert text.index("THRESHOLDS") < text.index("INTEGRITY CHECKS") < text.index("AUDIT") < text.index("VERDICT")
    assert "Databases: expected at most 10, is 11" in text
    assert "Do not ship" in text


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("report.txt", ["API 0.50 143", "Postgres not known not known", "database connections 8.2 1,009"]),
        ("report.txt", ["of them active not known not known", "pool in use 0.0 0", "waiting for the pool 12.0 31"]),
        ("report.md", ["| API | 0.50 | 143 |", "| Redis | not known | not known |", "| pool in use | 0.0 | 0 |"]),
        ("report.html", ['<td>API<td class="number">0.50<td class="number">143', ">12.0<", ">1,009<", ">not known<"]),
    ],
)
def test_resource_usage_is_shown_and_what_was_not_seen_is_not_known(name: str, rows: list[str]) -> None:
    text = " ".join(RENDERINGS[name](replace(judgement(), environment={"usage": asdict(USAGE)})).split())
    for row in rows:
        assert row in text


@pytest.mark.parametrize("name", ["report.txt", "report.md", "report.html"])
@pytest.mark.parametrize("environment", [{}, {"usage": {"retries": 1.0, "lock_waiters": None, "database_cpu_s": 2.0}}])
def test_report_without_resources_has_no_table_of_them(name: str, environment: dict[str, object]) -> None:
    assert "resource usage" not in RENDERINGS[name](replace(judgement(), environment=environment)).lower()


@pytest.mark.parametrize("name", ["report.html", "junit.xml"])
def test_markup_in_a_name_is_escaped(name: str) -> None:
    hostile = replace(FAILED, rows=(Offender("<script>alert(1)</script>", "1", "2", ""),))
    text = RENDERINGS[name](judgement(hostile))
    assert "&lt;script&gt;" in text
    assert "<script>" not in text
