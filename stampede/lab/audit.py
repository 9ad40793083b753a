"""Audits the evidence of a run, at its end or at any time later, from the files alone."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import duckdb

from stampede.errors import StampedeError
from stampede.evidence.manifest import Manifest, Part, digest, read_manifest, verify_manifest
from stampede.judge.findings import ActionCount, Findings
from stampede.judge.verdict import Judgement, judge
from stampede.lab.record import Record, read_record
from stampede.suite.check import Check, parse_check
from stampede.verify.audits import count_operations, run_audits, run_query
from stampede.verify.checks import first_line

T = TypeVar("T")
NO_OPERATIONS = "no operation was recorded: nothing that the clients were told was judged"
NO_READS = "no read was recorded: what clients read was not judged"


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

    def attempt(step: Callable[[], T]) -> T | None:
        try:
            return step()
        except (duckdb.Error, OSError, StampedeError) as error:
            troubles.append(first_line(error))
            return None

    if attempt(lambda: digest(read_manifest(evidence))) not in (None, record.manifest_sha256):
        troubles.append("evidence: manifest.json is damaged: its fields are not those of the run.")
    audits = attempt(lambda: run_audits(evidence, extra=_parse(record.audits)))
    recorded = attempt(lambda: _has_operations(read_manifest(evidence))) is not False
    if not recorded:
        troubles.append(NO_OPERATIONS)
    counts = attempt(partial(count_operations, evidence)) if recorded else None
    queries = (findings.plan or {}).get("must_see", {})
    must_see = {
        name: (attempt(partial(run_query, evidence, query)) if recorded else None) or 0
        for name, query in queries.items()
    }
    reads = any(kind == "read" for _, kind, *_ in counts or ())
    return replace(
        findings,
        unverified=findings.unverified if reads else (*findings.unverified, NO_READS),
        audits=audits or (),
        operations=tuple(ActionCount(*row) for row in counts or ()),
        must_see=must_see,
        troubles=(*findings.troubles, *dict.fromkeys(troubles)),
    )


def _has_operations(manifest: Manifest) -> bool:
    """Whether the load generators handed over operations."""
    return manifest.parts.get("operations", Part("absent")).state == "present"


def _parse(audits: dict[str, str]) -> tuple[Check, ...]:
    return tuple(parse_check(name, text) for name, text in audits.items())
