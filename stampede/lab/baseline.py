"""Makes or updates a plan's baseline file from a run that passed."""

from pathlib import Path

from stampede.errors import StampedeError
from stampede.judge.baseline import describe_load
from stampede.judge.verdict import Judgement, Verdict
from stampede.suite.baseline import write_baseline
from stampede.suite.model import Suite


def keep_baseline(suite: Suite, judgement: Judgement, file: Path | None) -> Path:
    """Write the run's figures into `file`, or into its plan's baseline file; return the path.

    Raises:
        StampedeError: the run did not pass, or neither the plan nor the caller names a file.
    """
    findings = judgement.findings
    if judgement.verdict is not Verdict.PASS or findings.load is None:
        raise StampedeError(f"{findings.run} ended in {judgement.verdict}: only a run that PASSED gives a baseline.")
    named = file or (findings.plan or {}).get("baseline") or ""
    if not named:
        raise StampedeError(f"{findings.key} names no baseline: add `baseline = FILE` to the plan, or give --file.")
    path = suite.folder / named
    write_baseline(path, describe_load(findings.load))
    return path
