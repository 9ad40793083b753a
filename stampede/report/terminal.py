"""The block at the end of a run, for people (in the spirit of seed document 003)."""

import textwrap
from collections.abc import Iterator, Sequence

from stampede.judge.findings import Findings
from stampede.judge.verdict import Judgement, Verdict, had_nothing_in_scope, recommend
from stampede.load.statistics import Load
from stampede.report.baseline import HEADER, list_differences
from stampede.report.resources import list_components, list_counts, list_versions
from stampede.verify.results import CheckResult

WIDTH = 88
RULE = "=" * WIDTH
ROWS_SHOWN = 5
WORDS = {"pass": "PASS", "fail": "FAIL", "unknown": "UNKNOWN", "skipped": "-"}


def render_terminal(judgement: Judgement) -> str:
    """Requests, latency, resources, thresholds, checks, audits, verdict, recommendation."""
    findings = judgement.findings
    title = findings.key if findings.plan else f"{findings.system} (verify alone)"
    active = "".join(f"  {name.lower()}: {strategy}" for name, strategy in findings.strategies.items())
    lines = [RULE, f"STAMPEDE  {title}{active}", RULE]
    if findings.load:
        lines += [*_render_load(findings.load), ""]
    lines += _render_usage(findings)
    if versions := list_versions(findings.environment):
        lines += textwrap.wrap(f"VERSIONS  {', '.join(versions)}", WIDTH, subsequent_indent="  ")
        lines.append("")
    if findings.faults:
        lines += [
            "FAULTS (seconds into the load)",
            *(f"  {fault.fault}: {fault.moments}" for fault in findings.faults),
            "",
        ]
    lines += _render_thresholds(findings)
    lines += _render_bands(findings)
    lines += _render_baseline(findings)
    if findings.checks:
        lines += ["INTEGRITY CHECKS", *_render_results(findings.checks), ""]
    lines += [*_render_audits(findings), RULE, f"VERDICT  {judgement.verdict}"]
    lines += [f"  {reason.verdict:<8}{reason.text}" for reason in judgement.reasons]
    return "\n".join([*lines, "", f"RECOMMENDATION  {recommend(judgement)}", RULE])


def render_summary(judgements: Sequence[Judgement], verdict: Verdict) -> str:
    """One line over several systems, with the verdict that the exit code states."""
    parts = ", ".join(f"{one.findings.system} {one.verdict}" for one in judgements)
    return f"VERDICT  {verdict}  ({parts})"


def _render_load(load: Load) -> Iterator[str]:
    latency = "  ".join(f"{name} {load.metric(name):,.1f}" for name in ("average", "p50", "p95", "p99", "max"))
    yield f"{'Requests':<22}{load.requests:,} in {load.total_s:.1f} s"
    yield f"{'Failures':<22}{load.failures:,} ({load.metric('error_rate'):.2f} %)"
    steady = f"over {load.duration_s:.1f} s with all users"
    yield f"{'Throughput':<22}{load.metric('throughput'):,.0f} requests/s {steady}"
    yield f"{'Latency (ms)':<22}{latency}"
    if load.departures:
        yield f"{'Ended by themselves':<22}{load.departed} (users)"
    yield ""
    if load.phases:
        yield f"{'PHASE':<36}{'s':>8}{'count':>9}{'failed':>9}{'req/s':>9}{'p50':>8}{'p95':>9}{'p99':>9}"
    for phase in load.phases:
        counts = f"{phase.duration_s:>8,.1f}{phase.requests:>9,}{phase.failures:>9,}{phase.per_s:>9,.0f}"
        yield f"{phase.name:<36}{counts}{phase.p50_ms:>8,.0f}{phase.p95_ms:>9,.0f}{phase.p99_ms:>9,.0f}"
    yield ""
    yield f"{'REQUEST':<44}{'count':>9}{'failed':>9}{'p50':>8}{'p95':>9}{'p99':>9}"
    for row in load.rows:
        times = f"{row.p50_ms:>8,.0f}{row.p95_ms:>9,.0f}{row.p99_ms:>9,.0f}"
        name = f"{row.name} ({row.only_in})" if row.only_in else row.name
        yield f"{name:<44}{row.requests:>9,}{row.failures:>9,}{times}"
    for failure in load.failure_rows[:ROWS_SHOWN]:
        yield f"  failed {failure.count:,}x  {failure.name}: {failure.reason}"


def _render_usage(findings: Findings) -> Iterator[str]:
    components = list_components(findings.environment)
    if not components:
        return
    yield f"{'RESOURCE USAGE':<44}{'CPU cores':>14}{'memory MB':>14}"
    yield from (f"  {name:<42}{cores:>14}{memory:>14}" for name, cores, memory in components)
    yield f"{'':<44}{'mean':>14}{'max':>14}"
    yield from (f"  {label:<42}{mean:>14}{most:>14}" for label, mean, most in list_counts(findings.environment))
    yield ""


def _render_thresholds(findings: Findings) -> Iterator[str]:
    if not findings.thresholds:
        return
    yield "THRESHOLDS"
    width = max(28, *(len(result.threshold) + 2 for result in findings.thresholds))
    for result in findings.thresholds:
        yield f"  {WORDS[result.outcome]:<8}{result.threshold:<{width}}{result.measured}"
    yield ""


def _render_bands(findings: Findings) -> Iterator[str]:
    if not findings.bands:
        return
    yield "BANDS"
    yield from (f"  {result.zone.upper():<10}{result.metric:<14}{result.described}" for result in findings.bands)
    yield ""


def _render_baseline(findings: Findings) -> Iterator[str]:
    if not (findings.plan or {}).get("baseline"):
        return
    name, *figures = HEADER
    yield f"BASELINE {(findings.plan or {})['baseline']}"
    if not findings.baseline:
        yield "  not written yet: `stampede baseline write RUN` makes it of a run that passed"
    else:
        yield f"  {name:<40}" + "".join(f"{figure:>18}" for figure in figures)
    for row in list_differences(findings):
        yield f"  {row[0]:<40}" + "".join(f"{cell:>18}" for cell in row[1:])
    yield ""


def _render_results(results: Sequence[CheckResult]) -> Iterator[str]:
    for result in results:
        word = "-" if had_nothing_in_scope(result) else WORDS[result.outcome]
        warning = " (warning)" if result.severity == "warning" and result.outcome in ("fail", "unknown") else ""
        counted = f"{result.population:>9,} in scope" + (f", {result.offenders:,} offend" if result.offenders else "")
        yield f"  {word:<8}{result.name:<34}{counted}{warning}"
        if result.reason and not had_nothing_in_scope(result):
            yield f"          {result.reason}"
        for row in result.rows[:ROWS_SHOWN]:
            yield f"          {row.entity}: expected {row.expected}, is {row.actual}. {row.detail}".rstrip()
        if result.offenders > ROWS_SHOWN:
            yield f"          … and {result.offenders - ROWS_SHOWN:,} more"


def _render_audits(findings: Findings) -> Iterator[str]:
    if findings.plan is None:
        return
    yield "AUDIT"
    for kind in ("write", "read"):
        counts = [f"{findings.count(outcome, kind):,} {outcome}" for outcome in ("ok", "refused", "unknown")]
        total = sum(one.total for one in findings.operations if one.kind == kind)
        yield f"  {total:,} {kind}s recorded: {', '.join(counts)}"
    yield from _render_results([one for one in findings.audits if one.outcome != "skipped"])
    if findings.unverified:
        yield f"  not verified: {'; '.join(findings.unverified)}"
    yield ""
