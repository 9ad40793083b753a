"""Markdown, for a pull request or a job summary."""

from collections.abc import Iterator

from stampede.judge.findings import Findings
from stampede.judge.verdict import Judgement, recommend
from stampede.report.baseline import HEADER, list_differences
from stampede.report.resources import list_components, list_counts, list_versions
from stampede.verify.results import CheckResult

SIGNS = {"pass": "PASS", "fail": "**FAIL**", "unknown": "**UNKNOWN**", "skipped": "not verified"}


def render_markdown(judgement: Judgement) -> str:
    """Verdict and reasons first, then the findings that they rest on."""
    findings = judgement.findings
    lines = [f"# {judgement.verdict}: {findings.key}", ""]
    lines += [f"{name}: `{strategy}`  " for name, strategy in findings.strategies.items()]
    lines += ["", *(f"- **{reason.verdict}** {reason.text}" for reason in judgement.reasons)]
    lines += ["", recommend(judgement), ""]
    if load := findings.load:
        lines += ["| requests | failures | requests/s | p50 ms | p95 ms | p99 ms |", "|---|---|---|---|---|---|"]
        figures = [f"{load.metric(name):,.1f}" for name in ("throughput", "p50", "p95", "p99")]
        lines += [f"| {load.requests:,} | {load.failures:,} | " + " | ".join(figures) + " |", ""]
        lines += [f"Users that ended by themselves: {load.departed}", ""] if load.departures else []
        lines += ["| phase | s | requests | failed | requests/s | p95 ms |", "|---|---|---|---|---|---|"]
        for phase in load.phases:
            counts = f"{phase.duration_s:.1f} | {phase.requests:,} | {phase.failures:,} | {phase.per_s:,.0f}"
            lines.append(f"| {phase.name} | {counts} | {phase.p95_ms:,.1f} |")
        lines.append("")
    if findings.faults:
        lines += [
            "Faults, in seconds into the load:",
            "",
            *(f"- {fault.fault}: {fault.moments}" for fault in findings.faults),
            "",
        ]
    if findings.thresholds:
        lines += ["| threshold | measured | |", "|---|---|---|"]
        for result in findings.thresholds:
            lines.append(f"| `{result.threshold}` | {result.measured} | {SIGNS[result.outcome]} |")
        lines.append("")
    lines += _render_bands(findings)
    lines += _render_usage(findings)
    if versions := list_versions(findings.environment):
        lines += [f"Versions: {', '.join(versions)}", ""]
    lines += _render_table("check", findings.checks)
    lines += _render_table("audit", findings.audits)
    lines += [f"- not verified: {part}" for part in findings.unverified]
    return "\n".join(lines) + "\n"


def _render_bands(findings: Findings) -> Iterator[str]:
    if findings.bands:
        yield from ("| band | measured | |", "|---|---|---|")
        yield from (f"| {result.metric} | {result.described} | {result.zone} |" for result in findings.bands)
        yield ""
    if findings.baseline:
        yield from (f"| {' | '.join(HEADER)} |", "|---|---|---|---|---|")
        yield from (f"| {' | '.join(row)} |" for row in list_differences(findings))
        yield ""


def _render_usage(findings: Findings) -> Iterator[str]:
    components = list_components(findings.environment)
    if not components:
        return
    yield from ("| resource usage | CPU cores | memory MB |", "|---|---|---|")
    yield from (f"| {name} | {cores} | {memory} |" for name, cores, memory in components)
    yield from ("", "| | mean | max |", "|---|---|---|")
    yield from (f"| {label} | {mean} | {most} |" for label, mean, most in list_counts(findings.environment))
    yield ""


def _render_table(kind: str, results: tuple[CheckResult, ...]) -> Iterator[str]:
    if not results:
        return
    yield from (f"| {kind} | in scope | offending | |", "|---|---|---|---|")
    for result in results:
        yield f"| {result.name} | {result.population:,} | {result.offenders:,} | {SIGNS[result.outcome]} |"
    yield ""
    for result in results:
        for row in result.rows:
            yield f"- {result.name}: {row.entity}, expected {row.expected}, is {row.actual}. {row.detail}".rstrip()
    yield ""
