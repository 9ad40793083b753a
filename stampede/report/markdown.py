"""Markdown, for a pull request or a job summary."""

from collections.abc import Iterator

from stampede.checks import CheckResult
from stampede.report.resources import list_components, list_counts
from stampede.verdict import Judgement, recommend

SIGNS = {"pass": "PASS", "fail": "**FAIL**", "unknown": "**UNKNOWN**"}


def render_markdown(judgement: Judgement) -> str:
    """Verdict and reasons first, then what they rest on."""
    plan = judgement.plan["name"] if judgement.plan else "verify"
    lines = [f"# {judgement.verdict}: {judgement.system}/{plan}", "", f"Locking: `{judgement.locking}`.", ""]
    lines += [f"- **{reason.verdict}** {reason.text}" for reason in judgement.reasons]
    lines += ["", recommend(judgement), ""]
    if load := judgement.load:
        lines += ["| requests | failures | requests/s | p50 ms | p95 ms | p99 ms |", "|---|---|---|---|---|---|"]
        figures = [f"{load.metric(name):,.1f}" for name in ("throughput", "p50", "p95", "p99")]
        lines += [f"| {load.requests:,} | {load.failures:,} | " + " | ".join(figures) + " |", ""]
    if judgement.thresholds:
        lines += ["| threshold | measured | |", "|---|---|---|"]
        for result in judgement.thresholds:
            lines.append(f"| `{result.threshold}` | {result.measured} | {SIGNS[result.outcome]} |")
        lines.append("")
    lines += _render_usage(judgement)
    lines += _render_table("check", judgement.checks)
    if judgement.audit and judgement.audit.complete:
        lines += _render_table("audit", judgement.audit.results)
    return "\n".join(lines) + "\n"


def _render_usage(judgement: Judgement) -> Iterator[str]:
    components = list_components(judgement.environment)
    if not components:
        return
    yield from ("| resource usage | CPU cores | memory MB |", "|---|---|---|")
    yield from (f"| {name} | {cores} | {memory} |" for name, cores, memory in components)
    yield from ("", "| | mean | max |", "|---|---|---|")
    yield from (f"| {label} | {mean} | {most} |" for label, mean, most in list_counts(judgement.environment))
    yield ""


def _render_table(kind: str, results: tuple[CheckResult, ...]) -> Iterator[str]:
    if not results:
        return
    yield from (f"| {kind} | looked at | offending | |", "|---|---|---|---|")
    for result in results:
        yield f"| {result.name} | {result.population:,} | {result.offenders:,} | {SIGNS[result.outcome]} |"
    yield ""
    for result in results:
        for row in result.rows:
            yield f"- {result.name}: {row.entity}, expected {row.expected}, is {row.actual}. {row.detail}".rstrip()
    yield ""
