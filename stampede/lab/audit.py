"""Audits the evidence of a run, at its end or at any time later, from the files alone."""

from dataclasses import replace
from pathlib import Path

from stampede.errors import StampedeError
from stampede.evidence.manifest import verify_manifest
from stampede.judge.findings import ActionCount, Findings
from stampede.judge.verdict import Judgement, judge
from stampede.lab.record import Record, read_record
from stampede.suite.check import Check, parse_check
from stampede.verify.audits import count_operations, run_audits, run_query


def audit_run(folder: Path) -> Judgement:
    """Audit and judge a run again; `folder` is its report folder. No server is needed.

    Raises:
        StampedeError: there is no findings.json, or it is damaged.
    """
    evidence = folder / "evidence"
    return judge(audit_evidence(evidence, read_record(evidence)))


def audit_evidence(evidence: Path, record: Record) -> Findings:
    """Add to the findings what only the evidence tells: audits, counts of operations, the plan's must_see.

    A damaged, missing or additional file is a trouble, and what can still be audited is.
    """
    findings = record.findings
    troubles = [f"evidence: {fault}" for fault in verify_manifest(evidence)]
    try:
        audits = run_audits(evidence, extra=_parse(record.audits))
        counts = tuple(ActionCount(*row) for row in count_operations(evidence))
        must_see = {name: run_query(evidence, query) for name, query in _must_see(findings).items()}
    except StampedeError as error:
        return replace(findings, troubles=(*findings.troubles, *troubles, str(error)))
    return replace(
        findings, audits=audits, operations=counts, must_see=must_see, troubles=(*findings.troubles, *troubles)
    )


def _parse(audits: dict[str, str]) -> tuple[Check, ...]:
    return tuple(parse_check(name, text) for name, text in audits.items())


def _must_see(findings: Findings) -> dict[str, str]:
    return dict((findings.plan or {}).get("must_see", {}))
