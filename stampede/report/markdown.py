"""Markdown, for a pull request or a job summary."""

from collections.abc import Iterator

from stampede.judge.findings import Findings
from stampede.judge.verdict import Judgement, recommend
from stampede.report.resources import list_components, list_counts
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
    if findings.thresholds:
        lines += ["| threshold | measured | |", "|---|---|---|"]
        for result in findings.thresholds:
            lines.append(f"| `{result.threshold}` | {result.measured} | {SIGNS[result.outcome]} |")
        lines.append("")
    lines += _render_usage(findings)
    lines += _render_table("check", findings.checks)
    lines += _render_table("audit", findings.audits)
    lines += [f"- not verified: {part}" for part in findings.unverified]
    return "\n".join(lines) + "\n"


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
