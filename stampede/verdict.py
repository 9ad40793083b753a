"""The verdict: PASS, FAIL or UNKNOWN. The worst part wins, and nothing passes by absence."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from stampede.audit import Audit
from stampede.checks import NO_ROWS, CheckResult
from stampede.statistics import Load
from stampede.thresholds import ThresholdResult

SCHEMA = 1
CPU_BOUND_SHARE = 0.9
MAX_INDETERMINATE_SHARE = 0.05
ENTITIES_NAMED = 3


class Verdict(StrEnum):
    """PASS < UNKNOWN < FAIL."""

    PASS = "PASS"  # noqa: S105  # no password
    UNKNOWN = "UNKNOWN"
    FAIL = "FAIL"

    @property
    def exit_code(self) -> int:
        """0 PASS, 1 FAIL, 2 UNKNOWN."""
        return {Verdict.PASS: 0, Verdict.FAIL: 1, Verdict.UNKNOWN: 2}[self]


LATTICE = (Verdict.PASS, Verdict.UNKNOWN, Verdict.FAIL)


@dataclass(frozen=True, slots=True)
class Reason:
    """One cause for not passing."""

    verdict: Verdict
    text: str


@dataclass(frozen=True)
class Judgement:
    """All of a run, as in verdict.json (documented in docs/PERFORMANCE_TESTING.md)."""

    verdict: Verdict
    reasons: tuple[Reason, ...]
    system: str
    run: str
    started_at: str
    finished_at: str
    locking: str | None
    plan: dict[str, Any] | None
    load: Load | None
    thresholds: tuple[ThresholdResult, ...]
    checks: tuple[CheckResult, ...]
    audit: Audit | None
    environment: dict[str, Any] = field(default_factory=dict)
    schema: int = SCHEMA


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of some verdicts; PASS of none."""
    return max(verdicts, key=LATTICE.index, default=Verdict.PASS)


def judge(
    load: Load | None,
    thresholds: Sequence[ThresholdResult],
    checks: Sequence[CheckResult],
    audit: Audit | None,
    troubles: Sequence[str],
) -> tuple[Reason, ...]:
    """Everything that speaks against passing, FAIL before UNKNOWN.

    `troubles` are what went wrong around the run: a lost worker, a bound that was run into.
    `load` and `audit` are None where nothing was sent (`stampede verify`).
    """
    reasons = [
        *(Reason(Verdict.UNKNOWN, trouble) for trouble in troubles),
        *_judge_checks(checks, "check"),
        *(_judge_audit(audit, load is not None) if audit else ()),
        *(_judge_load(load) if load else ()),
        *_judge_thresholds(thresholds),
    ]
    if not checks:
        reasons.append(Reason(Verdict.UNKNOWN, "no check ran"))
    return tuple(sorted(reasons, key=lambda reason: -LATTICE.index(reason.verdict)))


def _judge_checks(results: Iterable[CheckResult], kind: str) -> Iterable[Reason]:
    for result in results:
        if result.severity == "warning":
            continue
        if result.outcome == "unknown":
            yield Reason(Verdict.UNKNOWN, f"{kind} {result.name} {result.reason}")
        elif result.outcome == "fail":
            yield Reason(Verdict.FAIL, f"{kind} {result.name}: {result.offenders} offending, {_name(result)}")


def _name(result: CheckResult) -> str:
    named = [f"{row.entity} (expected {row.expected}, is {row.actual})" for row in result.rows[:ENTITIES_NAMED]]
    return "; ".join(named) + ("; …" if result.offenders > ENTITIES_NAMED else "")


def saw_nothing(result: CheckResult) -> bool:
    """Whether a query had nothing to look at, and found nothing either."""
    return result.outcome == "unknown" and result.reason == NO_ROWS


def _judge_audit(audit: Audit, loaded: bool) -> Iterable[Reason]:
    # No refused or no unanswered write leaves a query nothing to look at, which is no absence:
    # the history says how many there were.
    yield from _judge_checks((result for result in audit.results if not saw_nothing(result)), "audit")
    if not loaded:
        return
    if not audit.complete:
        yield Reason(Verdict.UNKNOWN, "there is no history of what the clients were told")
        return
    if audit.ok == 0:
        yield Reason(Verdict.UNKNOWN, "no write was acknowledged, so nothing was contended")
    if audit.operations and audit.info / audit.operations > MAX_INDETERMINATE_SHARE:
        share = f"{audit.info} of {audit.operations} writes"
        yield Reason(Verdict.UNKNOWN, f"{share} got no readable answer (at most {MAX_INDETERMINATE_SHARE:.0%} may)")


def _judge_load(load: Load) -> Iterable[Reason]:
    if load.requests == 0:
        yield Reason(Verdict.UNKNOWN, "no request was made")
    for worker in load.workers:
        if worker.cpu_share > CPU_BOUND_SHARE:
            yield Reason(
                Verdict.UNKNOWN,
                f"load generator {worker.id} was CPU-bound ({worker.cpu_share:.0%} of a core): "
                "its latencies are its own; use more workers",
            )
        if not worker.complete:
            yield Reason(Verdict.UNKNOWN, f"the history of load generator {worker.id} is incomplete")


def _judge_thresholds(results: Iterable[ThresholdResult]) -> Iterable[Reason]:
    for result in results:
        if result.outcome == "unknown":
            yield Reason(Verdict.UNKNOWN, f"threshold {result.threshold}: nothing was measured")
        elif result.outcome == "fail":
            yield Reason(Verdict.FAIL, f"threshold {result.threshold}: measured {result.measured}")


def recommend(judgement: Judgement) -> str:
    """One sentence on what to do next."""
    if judgement.verdict is Verdict.UNKNOWN:
        return "Trust nothing of this run: mend the first reason above and run it again."
    wrong = any(
        result.outcome == "fail"
        for result in (*judgement.checks, *(judgement.audit.results if judgement.audit else ()))
        if result.severity == "critical"
    )
    if wrong:
        return "Do not ship: the answers were not true. Fix the data before looking at the speed."
    if judgement.verdict is Verdict.FAIL:
        return "The answers were true but a threshold was missed: look at the slowest requests first."
    if judgement.load is None:
        return "The database is consistent."
    return "The answers were true and fast enough under this load."
