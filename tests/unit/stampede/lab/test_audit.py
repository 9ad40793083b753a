import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from stampede.errors import StampedeError
from stampede.evidence.manifest import Part, digest, read_manifest, write_manifest
from stampede.judge.findings import ActionCount
from stampede.judge.verdict import Judgement, Verdict
from stampede.lab.audit import NO_OPERATIONS, NO_READS, audit_run
from stampede.lab.record import Record, read_record, write_record
from tests.unit.stampede.builders import make_findings
from tests.unit.stampede.verify.evidence import effect, lay, state, write

OWN = """-- invariant: Nobody buys twice.
-- population: select count(*) from effects
-- severity: critical
select actor as entity, '1' as expected, count(*) as actual, '' as detail from effects
group by actor having count(*) > 1
"""
TOLD = [write("a", 1, 2), write("b", 3, 4, "refused", code="gone")]
STATES = [state(0, {"left": 1}), state(1, {"left": 0}, "gone")]


def prepare(folder: Path, *effects: Any, audits: dict[str, str] | None = None, **plan: Any) -> Path:
    """A report folder with evidence of one sale and one refusal."""
    evidence = lay(folder, TOLD, effects=list(effects), states=STATES)
    manifest = read_manifest(evidence)
    write_record(Record(make_findings(plan, audits=(), operations=()), digest(manifest), audits or {}), evidence)
    write_manifest(evidence, read_manifest(evidence))
    return folder


def texts(judgement: Judgement) -> str:
    return "; ".join(reason.text for reason in judgement.reasons)


def test_true_evidence_passes(tmp_path: Path) -> None:
    judgement = audit_run(prepare(tmp_path, effect("a", 1)))
    assert (judgement.verdict, texts(judgement)) == (Verdict.PASS, "")
    assert judgement.findings.operations == (ActionCount("buy", "write", 1, 1, 0),)


def test_evidence_without_reads_is_said_to_be_unverified(tmp_path: Path) -> None:
    assert audit_run(prepare(tmp_path, effect("a", 1))).findings.unverified == (NO_READS,)


def test_run_without_operations_is_told_once(tmp_path: Path) -> None:
    evidence = prepare(tmp_path, effect("a", 1), must_see={"sales": "select count(*) from operations"}) / "evidence"
    (evidence / "operations.parquet").unlink()
    manifest = read_manifest(evidence)
    manifest = replace(manifest, parts={**manifest.parts, "operations": Part("absent")})
    write_manifest(evidence, manifest)
    record = read_record(evidence)
    write_record(replace(record, manifest_sha256=digest(manifest)), evidence)
    write_manifest(evidence, read_manifest(evidence))
    findings = audit_run(tmp_path).findings
    assert findings.troubles == (NO_OPERATIONS,)
    assert {audit.reason for audit in findings.audits} >= {"Not verified: no operations were recorded."}
    assert (findings.operations, findings.must_see) == ((), {"sales": 0})


def test_lost_write_fails(tmp_path: Path) -> None:
    judgement = audit_run(prepare(tmp_path))
    assert judgement.verdict is Verdict.FAIL
    assert "audit lost: 1 offending, item 1" in texts(judgement)


def test_suites_own_audit_is_run(tmp_path: Path) -> None:
    seeded = [effect("a", 1), effect("b", 0, seeded=True)]
    judgement = audit_run(prepare(tmp_path, *seeded, audits={"twice": OWN}))
    assert texts(judgement) == "audit twice: 1 offending, ann (expected 1, is 2)"


def test_what_must_be_seen_is_counted(tmp_path: Path) -> None:
    queries = {"sale": "select count(*) from effects", "cancel": "select count(*) from effects where action = 'cancel'"}
    judgement = audit_run(prepare(tmp_path, effect("a", 1), must_see=queries))
    assert judgement.findings.must_see == {"sale": 1, "cancel": 0}
    assert texts(judgement) == "the plan must see cancel, which never occurred"


def test_wrong_must_see_is_unknown(tmp_path: Path) -> None:
    judgement = audit_run(prepare(tmp_path, effect("a", 1), must_see={"sale": "select count(*) from nothing"}))
    assert judgement.verdict is Verdict.UNKNOWN
    assert "nothing" in texts(judgement)
    assert len(judgement.findings.audits) > 10


@pytest.mark.parametrize("name", ["effects.parquet", "operations.parquet", "manifest.json"])
@pytest.mark.parametrize("damage", [lambda path: path.write_bytes(b"x"), lambda path: path.unlink()])
def test_damaged_evidence_is_unknown(tmp_path: Path, name: str, damage: Any) -> None:
    folder = prepare(tmp_path, effect("a", 1))
    damage(folder / "evidence" / name)
    judgement = audit_run(folder)
    assert judgement.verdict is Verdict.UNKNOWN
    assert name in texts(judgement)


@pytest.mark.parametrize(
    "change",
    [
        {"run": "another"},
        {"rules": {"absent_entity": [], "absent_actor": [], "kept_refusals": ["sold_out"]}},
        {"workers": {}},
        {"gaps": True},
        {"database_error_s": 1e6},
        {"row_rules": {"public.items": "any"}},
    ],
)
def test_changed_field_of_the_manifest_is_unknown(tmp_path: Path, change: dict[str, Any]) -> None:
    folder = prepare(tmp_path, effect("a", 1))
    path = folder / "evidence" / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    judgement = audit_run(folder)
    assert judgement.verdict is not Verdict.PASS
    assert "manifest.json is damaged: its fields are not those of the run" in texts(judgement)


def test_additional_file_is_unknown(tmp_path: Path) -> None:
    folder = prepare(tmp_path, effect("a", 1))
    (folder / "evidence" / "more.parquet").write_bytes(b"")
    judgement = audit_run(folder)
    assert judgement.verdict is Verdict.UNKNOWN
    assert "more.parquet" in texts(judgement)


def test_folder_without_evidence_is_named(tmp_path: Path) -> None:
    with pytest.raises(StampedeError, match="left no evidence"):
        audit_run(tmp_path)
