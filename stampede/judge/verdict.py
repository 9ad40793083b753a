"""The verdict: PASS, FAIL or UNKNOWN. The worst part wins, and nothing passes by absence."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt

from stampede.judge.findings import Findings
from stampede.verify.checks import NO_ROWS
from stampede.verify.results import CheckResult

SCHEMA = 3
CPU_BOUND_SHARE = 0.9
# Users that buy once and leave are fine; a load that most users left is not that of the plan.
LEFT_AT_MOST_SHARE = 0.5
MAX_UNKNOWN_SHARE = 0.05
MIX_TOLERANCE = 0.1
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
    """A verdict, its reasons (FAIL before UNKNOWN), and the findings that it was made of."""

    verdict: Verdict
    reasons: tuple[Reason, ...]
    findings: Findings
    schema: int = SCHEMA


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of some verdicts; PASS of none."""
    return max(verdicts, key=LATTICE.index, default=Verdict.PASS)


def judge(findings: Findings) -> Judgement:
    """Judge the findings of a run or of a verification alone; the only place that makes a judgement."""
    reasons = tuple(sorted(_find_reasons(findings), key=lambda reason: -LATTICE.index(reason.verdict)))
    return Judgement(worst(reason.verdict for reason in reasons), reasons, findings)


def _find_reasons(findings: Findings) -> Iterator[Reason]:
    yield from (Reason(Verdict.UNKNOWN, trouble) for trouble in findings.troubles)
    yield from _judge_results("check", findings.checks)
    # An audit without candidate rows is no absence: the floors of a run count its operations.
    yield from _judge_results("audit", (one for one in findings.audits if not had_nothing_in_scope(one)))
    if not findings.troubles and not any(one.outcome != "skipped" for one in (*findings.checks, *findings.audits)):
        yield Reason(Verdict.UNKNOWN, "nothing was verified: the suite has neither checks nor effects nor states")
    if findings.plan is not None:
        if not findings.audits and not findings.troubles:
            yield Reason(Verdict.UNKNOWN, "the evidence of the run was not audited")
        yield from _judge_load(findings)
        if findings.load is not None:  # else the one reason says it all
            yield from _judge_floors(findings)
    yield from _judge_thresholds(findings)
    yield from _judge_bands(findings)


def had_nothing_in_scope(result: CheckResult) -> bool:
    """Whether a query ran and had no row to look at."""
    return result.outcome == "unknown" and result.reason == NO_ROWS


def _judge_results(kind: str, results: Iterable[CheckResult]) -> Iterator[Reason]:
    for result in results:
        if result.severity == "warning":
            continue
        if result.outcome == "unknown":
            yield Reason(Verdict.UNKNOWN, f"{kind} {result.name}: {result.reason}")
        elif result.outcome == "fail":
            yield Reason(Verdict.FAIL, f"{kind} {result.name}: {result.offenders:,} offending, {_name(result)}")


def _name(result: CheckResult) -> str:
    named = [f"{row.entity} (expected {row.expected}, is {row.actual})" for row in result.rows[:ENTITIES_NAMED]]
    return "; ".join(named) + ("; …" if result.offenders > ENTITIES_NAMED else "")


def _judge_load(findings: Findings) -> Iterator[Reason]:
    load = findings.load
    if load is None:
        yield Reason(Verdict.UNKNOWN, "the load generator did not report the run")
        return
    users, left = (findings.plan or {}).get("users", 0), sum(load.departures.values())
    if left > LEFT_AT_MOST_SHARE * users:
        yield Reason(
            Verdict.UNKNOWN,
            f"{left} of {users} users ended by themselves before the run did ({load.departed}): "
            "the load was not that of the plan",
        )
    if load.requests == 0:
        yield Reason(Verdict.UNKNOWN, "no request was made")
    for worker in load.workers:
        if worker.cpu_share > CPU_BOUND_SHARE:
            yield Reason(
                Verdict.UNKNOWN,
                f"load generator {worker.id} was CPU-bound ({worker.cpu_share:.0%} of a core): "
                "the latencies are its own; use more workers",
            )


def _judge_floors(findings: Findings) -> Iterator[Reason]:
    """What a run must have seen, so that a verdict rests on something."""
    plan = findings.plan or {}
    counted = {one.action: one for one in findings.operations}
    if findings.count("ok") == 0:
        yield Reason(Verdict.UNKNOWN, "no write was acknowledged, so nothing was contended")
    for action in plan["operations"] or counted:
        if action not in counted:
            yield Reason(Verdict.UNKNOWN, f"the plan's operation {action} was never sent")
        elif counted[action].ok == 0:
            yield Reason(Verdict.UNKNOWN, f"no {action} of {counted[action].total:,} succeeded")
    if plan["race"] and findings.count("refused") == 0:
        yield Reason(Verdict.UNKNOWN, "no write of the race was refused, so nothing was scarce")
    for name, count in findings.must_see.items():
        if not count:
            yield Reason(Verdict.UNKNOWN, f"the plan must see {name}, which never occurred")
    yield from _judge_unknown(findings)
    yield from _judge_mix(findings)


def _judge_unknown(findings: Findings) -> Iterator[Reason]:
    for kind in ("write", "read"):
        of_kind = [one for one in findings.operations if one.kind == kind]
        total, unknown = sum(one.total for one in of_kind), sum(one.unknown for one in of_kind)
        if total and unknown / total > MAX_UNKNOWN_SHARE:
            share = f"{unknown:,} of {total:,} {kind}s"
            yield Reason(Verdict.UNKNOWN, f"{share} got no readable answer (at most {MAX_UNKNOWN_SHARE:.0%} may)")


def _judge_mix(findings: Findings) -> Iterator[Reason]:
    """Compare the shares of the operations that were sent with those that the plan declares.

    Only a share of the reads is recorded, so those that were sent are estimated, with the error of a Poisson count; if
    none is recorded, nothing is compared.
    """
    plan = findings.plan or {}
    declared: dict[str, float] = plan["mix"]
    if not declared or not plan["reads"]:
        return
    weights = {"write": 1.0, "read": 1 / plan["reads"]}
    sent = dict.fromkeys(declared, 0.0)
    for one in findings.operations:
        if one.action in declared:
            sent[one.action] += one.total * weights[one.kind]
    total = sum(sent.values())
    reads = {one.action for one in findings.operations if one.kind == "read"}
    for action, share in declared.items():
        found = sent[action] / total if total else 0.0
        error = 3 * sqrt(share * weights["read" if action in reads else "write"] / total) if total else 0.0
        if abs(found - share) > MIX_TOLERANCE + error:
            yield Reason(
                Verdict.UNKNOWN, f"{action} was {found:.0%} of the mix, which the plan declares as {share:.0%}"
            )


def _judge_thresholds(findings: Findings) -> Iterator[Reason]:
    for result in findings.thresholds:
        if result.outcome == "unknown":
            told = result.reason or "nothing was measured"
            yield Reason(Verdict.UNKNOWN, f"threshold {result.threshold}: {told}")
        elif result.outcome == "fail":
            yield Reason(Verdict.FAIL, f"threshold {result.threshold}: measured {result.measured}")


def _judge_bands(findings: Findings) -> Iterator[Reason]:
    """A warning is shown and changes no verdict."""
    for result in findings.bands:
        if result.zone == "critical":
            yield Reason(Verdict.FAIL, f"band {result.metric}: {result.described}")
        elif result.zone == "unknown":
            yield Reason(Verdict.UNKNOWN, f"band {result.metric}: nothing was measured")


def recommend(judgement: Judgement) -> str:
    """One sentence on what to do next."""
    findings = judgement.findings
    if judgement.verdict is Verdict.UNKNOWN:
        return "Trust nothing of this run: mend the first reason above and run it again."
    wrong = any(
        result.outcome == "fail" and result.severity == "critical" for result in (*findings.checks, *findings.audits)
    )
    if wrong:
        return "Do not ship: the answers were not true. Fix the data before looking at the speed."
    if judgement.verdict is Verdict.FAIL:
        return "The answers were true but a threshold was missed: look at the slowest requests first."
    if findings.plan is None:
        return "The database is consistent."
    return "The answers were true and fast enough under this load."
