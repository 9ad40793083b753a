import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from stampede.errors import StampedeError
from stampede.judge.verdict import Judgement, judge
from stampede.observe.usage import Component, Spread, Usage
from stampede.report.files import RENDERINGS, read_report, render_json, write_report
from stampede.verify.results import Offender
from tests.unit.stampede.builders import CRASHED, FAILED, KEPT, PASSED, SKIPPED, make_findings

FIELDS = {"verdict", "reasons", "schema", "system", "run", "plan", "strategies", "load", "thresholds", "operations"}
FIELDS |= {"must_see", "checks", "audits", "unverified", "troubles", "environment", "started_at", "finished_at"}
FIELDS |= {"bands", "baseline", "faults"}
UNSEEN = Component(None, None, None)
USAGE = Usage(
    lock_waiters=0.5,
    components={"api": Component(5.0, 0.5, 143_400_000), "database": UNSEEN},
    connections=Spread(8.25, 1009),
    connections_active=None,
    gauges={"pool in use": Spread(0.0, 0), "waiting": Spread(12.0, 31)},
    counters={"retries": 2.0, "cache hits": None},
)
PAGES = ("report.txt", "report.md", "report.html")


def made(**fields: Any) -> Judgement:
    return judge(make_findings(**fields))


def test_verdict_json_has_the_documented_fields() -> None:
    fields = json.loads(render_json(made(checks=(FAILED,))))
    assert fields.keys() == FIELDS
    assert (fields["verdict"], fields["reasons"][0]["verdict"]) == ("FAIL", "FAIL")
    assert fields["checks"][0]["rows"][0]["entity"] == "item 1"
    assert fields["load"]["metrics"]["p95"] == 1.0


def test_report_reads_back_as_written(tmp_path: Path) -> None:
    usage = {"usage": asdict(USAGE)}
    original = made(checks=(FAILED, CRASHED), audits=(SKIPPED,), environment=usage, strategies={"LOCK": "row"})
    write_report(original, tmp_path / "one")
    assert read_report(tmp_path, "latest") == original
    assert {path.name for path in (tmp_path / "one").iterdir()} == RENDERINGS.keys()


def test_report_without_load_reads_back(tmp_path: Path) -> None:
    original = judge(replace(make_findings(), plan=None, load=None))
    write_report(original, tmp_path / "one")
    assert read_report(tmp_path, "one") == original


def test_latest_turns_to_the_newest_report(tmp_path: Path) -> None:
    for run, check in (("one", PASSED), ("two", FAILED)):
        write_report(made(checks=(check,)), tmp_path / run)
    assert read_report(tmp_path, "latest").verdict == "FAIL"
    assert (tmp_path / "latest").readlink() == Path("two")


def test_unknown_run_is_told_those_there_are(tmp_path: Path) -> None:
    write_report(made(), tmp_path / "one")
    with pytest.raises(StampedeError, match=r"no run 'two'.*one"):
        read_report(tmp_path, "two")


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda fields: fields.pop("schema"), "schema"),
        (lambda fields: fields.pop("system"), "system"),
        (lambda fields: fields.update(verdict="GOOD"), "verdict"),
        (lambda fields: fields["checks"][0].update(outcome="good"), "outcome"),
    ],
)
def test_damaged_verdict_is_refused(tmp_path: Path, damage: Any, told: str) -> None:
    write_report(made(), tmp_path / "one")
    path = tmp_path / "one" / "verdict.json"
    fields = json.loads(path.read_text())
    damage(fields)
    path.write_text(json.dumps(fields))
    with pytest.raises(StampedeError, match=f"is no verdict of this version: .*{told}"):
        read_report(tmp_path, "one")


def test_truncated_verdict_is_refused(tmp_path: Path) -> None:
    write_report(made(), tmp_path / "one")
    path = tmp_path / "one" / "verdict.json"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(StampedeError, match="is no verdict of this version"):
        read_report(tmp_path, "one")


@pytest.mark.parametrize("name", RENDERINGS)
def test_any_character_can_be_written(tmp_path: Path, name: str) -> None:
    hostile = replace(FAILED, rows=(Offender("\ud800 \x00 \x1b[31m", "ü", "]]>", "|"),))
    write_report(made(checks=(hostile,)), tmp_path / "one")
    assert (tmp_path / "one" / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["report.html", "junit.xml"])
def test_markup_in_a_name_is_escaped(name: str) -> None:
    hostile = replace(FAILED, rows=(Offender("<script>alert(1)</script>", "1", "2", ""),))
    text = RENDERINGS[name](made(checks=(hostile,)))
    assert "&lt;script&gt;" in text
    assert "<script>" not in text


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("report.txt", ["api 0.50 143", "database not known not known", "database connections 8.2 1,009"]),
        ("report.txt", ["of them active not known not known", "pool in use 0.0 0", "waiting 12.0 31", "retries 2"]),
        ("report.md", ["| api | 0.50 | 143 |", "| database | not known | not known |", "| pool in use | 0.0 | 0 |"]),
        ("report.md", ["| retries | | 2 |", "| cache hits | | not known |"]),
        ("report.html", ['<td>api<td class="number">0.50<td class="number">143', ">12.0<", ">1,009<", ">not known<"]),
    ],
)
def test_resource_usage_is_shown(name: str, rows: list[str]) -> None:
    text = " ".join(RENDERINGS[name](made(environment={"usage": asdict(USAGE)})).split())
    for row in rows:
        assert row in text


@pytest.mark.parametrize("name", PAGES)
def test_report_without_usage_has_no_table(name: str) -> None:
    assert "resource usage" not in RENDERINGS[name](made()).lower()


@pytest.mark.parametrize("name", PAGES)
def test_what_was_not_verified_is_named(name: str) -> None:
    text = RENDERINGS[name](made(unverified=("the suite has no states",)))
    assert "not verified" in text.lower()
    assert "the suite has no states" in text


@pytest.mark.parametrize("name", PAGES)
def test_strategies_and_reasons_are_shown(name: str) -> None:
    text = RENDERINGS[name](made(strategies={"LOCK": "row_lock"}, checks=(FAILED,)))
    assert "row_lock" in text
    assert "1 offending, item 1 (expected at most 10, is 11)" in text
    assert "Do not ship" in text


@pytest.mark.parametrize("name", PAGES)
def test_missed_threshold_is_shown(name: str) -> None:
    text = RENDERINGS[name](made(thresholds=(replace(KEPT, outcome="fail", actual=900.0),)))
    assert "900.0 ms" in text
    assert "FAIL" in text
