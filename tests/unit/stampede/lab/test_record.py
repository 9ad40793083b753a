import json
from dataclasses import asdict
from pathlib import Path

import pytest

from stampede.errors import StampedeError
from stampede.lab.record import FINDINGS, Record, read_record, write_record
from stampede.observe.usage import Component, Usage
from tests.unit.stampede.builders import FAILED, SKIPPED, make_findings

USAGE = asdict(Usage(None, {"api": Component(1.0, 0.1, 5)}, None, None, {}, {"retries": None}))
RECORD = Record(
    make_findings(
        {"must_see": {"sale": "select 1"}, "world": {"sizes": (1, 2)}},
        checks=(FAILED,),
        audits=(SKIPPED,),
        must_see={"sale": 4},
        strategies={"LOCK": "row"},
        environment={"usage": USAGE},
        troubles=("a worker was lost",),
    ),
    "abc",
    {"fair": "-- invariant: …"},
)


def test_record_reads_back_as_written(tmp_path: Path) -> None:
    write_record(RECORD, tmp_path)
    assert read_record(tmp_path) == RECORD


def test_verification_alone_reads_back(tmp_path: Path) -> None:
    alone = Record(make_findings(load=None, thresholds=(), operations=()), "abc")
    write_record(alone, tmp_path)
    assert read_record(tmp_path) == alone


def test_missing_record_is_named(tmp_path: Path) -> None:
    with pytest.raises(StampedeError, match=r"There is no .*findings\.json"):
        read_record(tmp_path)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"audits": {}}', '{"findings": {"system": "shop"}}'])
def test_damaged_record_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / FINDINGS).write_text(content)
    with pytest.raises(StampedeError, match=r"findings\.json is damaged: "):
        read_record(tmp_path)


def test_wrong_value_is_named(tmp_path: Path) -> None:
    write_record(RECORD, tmp_path)
    fields = json.loads((tmp_path / FINDINGS).read_text())
    fields["findings"]["checks"][0]["outcome"] = "good"
    (tmp_path / FINDINGS).write_text(json.dumps(fields))
    with pytest.raises(StampedeError, match=r"is damaged: findings\.checks\.0\.outcome: "):
        read_record(tmp_path)
