from dataclasses import replace
from itertools import product

import pytest

from stampede.audit import Audit
from stampede.checks import NO_ROWS, CheckResult, Offender
from stampede.statistics import Load, WorkerRow
from stampede.thresholds import ThresholdResult
from stampede.verdict import LATTICE, Verdict, judge, worst

PASSED = CheckResult("seats", "No seat twice.", "critical", "pass", 10, 0, (), 1.0)
FAILED = replace(PASSED, outcome="fail", offenders=1, rows=(Offender("Databases", "at most 10", "11", ""),))
EMPTY = replace(PASSED, outcome="unknown", population=0, reason=NO_ROWS)
CRASHED = replace(PASSED, outcome="unknown", reason="did not run: timeout")
AUDIT = Audit(True, 100, 90, 10, 0, 0, 0, 0, (PASSED,))
WORKER = WorkerRow("worker", 100, 100, 0.4, True)
LOAD = Load(100, 0, 10.0, 1.0, {10: 100}, (), (), (WORKER,))
KEPT = ThresholdResult("p95 < 500ms", "p95", 1.0, "ms", "pass")


def verdict_of(
    load: Load | None = LOAD,
    thresholds: tuple[ThresholdResult, ...] = (KEPT,),
    checks: tuple[CheckResult, ...] = (PASSED,),
    audit: Audit | None = AUDIT,
    troubles: tuple[str, ...] = (),
) -> Verdict:
    return worst(reason.verdict for reason in judge(load, thresholds, checks, audit, troubles))


def test_all_well_passes() -> None:
    assert verdict_of() is Verdict.PASS


@pytest.mark.parametrize(("first", "second"), list(product(LATTICE, LATTICE)))
def test_the_worse_of_two_wins(first: Verdict, second: Verdict) -> None:
    assert worst([first, second]) is LATTICE[max(LATTICE.index(first), LATTICE.index(second))]


def test_exit_codes_are_those_of_the_documents() -> None:
    assert [verdict.exit_code for verdict in (Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN)] == [0, 1, 2]


@pytest.mark.parametrize(
    "changes",
    [
        {"checks": (FAILED,)},
        {"audit": replace(AUDIT, results=(FAILED,))},
        {"thresholds": (replace(KEPT, outcome="fail", actual=900.0),)},
        {"checks": (FAILED, CRASHED), "troubles": ("a worker was lost",)},
    ],
)
def test_a_broken_promise_fails(changes: dict[str, object]) -> None:
    assert verdict_of(**changes) is Verdict.FAIL  # type: ignore[arg-type]  # each value fits its name


@pytest.mark.parametrize(
    "changes",
    [
        {"checks": ()},
        {"checks": (PASSED, EMPTY)},
        {"checks": (PASSED, CRASHED)},
        {"audit": replace(AUDIT, results=(CRASHED,))},
        {"audit": replace(AUDIT, complete=False)},
        {"audit": replace(AUDIT, ok=0)},
        {"audit": replace(AUDIT, info=6)},
        {"load": replace(LOAD, requests=0)},
        {"load": replace(LOAD, workers=(replace(WORKER, cpu_share=0.95),))},
        {"load": replace(LOAD, workers=(WORKER, replace(WORKER, complete=False)))},
        {"thresholds": (replace(KEPT, outcome="unknown", actual=None),)},
        {"troubles": ("a worker was lost",)},
    ],
)
def test_what_could_not_be_seen_is_unknown(changes: dict[str, object]) -> None:
    assert verdict_of(**changes) is Verdict.UNKNOWN  # type: ignore[arg-type]  # each value fits its name


def test_a_warning_does_not_change_the_verdict() -> None:
    assert verdict_of(checks=(PASSED, replace(FAILED, severity="warning"))) is Verdict.PASS


def test_an_audit_of_no_refusals_has_nothing_to_look_at_and_passes() -> None:
    assert verdict_of(audit=replace(AUDIT, results=(PASSED, EMPTY))) is Verdict.PASS


def test_an_audit_that_found_offenders_fails_even_where_its_population_is_empty() -> None:
    found = replace(FAILED, population=0, reason=NO_ROWS)
    assert verdict_of(audit=replace(AUDIT, results=(found,))) is Verdict.FAIL


def test_verify_alone_passes_without_a_history() -> None:
    unattributed = Audit(False, 0, 0, 0, 0, 0, 0, 17, ())
    assert verdict_of(load=None, thresholds=(), audit=unattributed) is Verdict.PASS


def test_failing_reasons_come_first_and_name_the_offender() -> None:
    reasons = judge(LOAD, (), (CRASHED, FAILED), AUDIT, ("a worker was lost",))
    assert reasons[0].verdict is Verdict.FAIL
    assert "Databases (expected at most 10, is 11)" in reasons[0].text
