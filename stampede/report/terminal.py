"""The block at the end of a run, for people (in the spirit of seed document 003)."""

from collections.abc import Iterator

from stampede.checks import CheckResult
from stampede.report.resources import list_components, list_counts
from stampede.statistics import Load
from stampede.verdict import Judgement, recommend

WIDTH = 88
RULE = "=" * WIDTH
ROWS_SHOWN = 5
WORDS = {"pass": "PASS", "fail": "FAIL", "unknown": "UNKNOWN"}


def render_terminal(judgement: Judgement) -> str:
    """Requests, latency, resources, thresholds, checks, audit, verdict, recommendation."""
    title = f"{judgement.system}/{judgement.plan['name']}" if judgement.plan else f"{judgement.system} (verify alone)"
    locking = f"  locking: {judgement.locking}" if judgement.locking else ""
    lines = [RULE, f"STAMPEDE  {title}{locking}", RULE]
    if judgement.load:
        lines += [*_render_load(judgement.load), ""]
    if cache := judgement.environment.get("cache"):
        lines += [
            f"{'Cache hit rate':<22}{cache['hit_rate']:.1%} ({cache['hits']:,} hits, {cache['misses']:,} misses)",
            "",
        ]
    lines += _render_usage(judgement)
    if judgement.thresholds:
        lines.append("THRESHOLDS")
        width = max(28, *(len(result.threshold) + 2 for result in judgement.thresholds))
        for result in judgement.thresholds:
            lines.append(f"  {WORDS[result.outcome]:<8}{result.threshold:<{width}}{result.measured}")
        lines.append("")
    if judgement.checks:
        lines += ["INTEGRITY CHECKS", *_render_results(judgement.checks), ""]
    lines += [*_render_audit(judgement), RULE, f"VERDICT  {judgement.verdict}"]
    lines += [f"  {reason.verdict:<8}{reason.text}" for reason in judgement.reasons]
    return "\n".join([*lines, "", f"RECOMMENDATION  {recommend(judgement)}", RULE])


def _render_load(load: Load) -> Iterator[str]:
    latency = "  ".join(f"{name} {load.metric(name):,.1f}" for name in ("average", "p50", "p95", "p99", "max"))
    yield f"{'Requests':<22}{load.requests:,} in {load.duration_s:.1f} s"
    yield f"{'Failures':<22}{load.failures:,} ({load.metric('error_rate'):.2f} %)"
    yield f"{'Throughput':<22}{load.metric('throughput'):,.0f} requests/s"
    yield f"{'Latency (ms)':<22}{latency}"
    yield ""
    yield f"{'REQUEST':<44}{'count':>9}{'failed':>9}{'p50':>8}{'p95':>9}{'p99':>9}"
    for row in load.rows:
        times = f"{row.p50_ms:>8,.0f}{row.p95_ms:>9,.0f}{row.p99_ms:>9,.0f}"
        yield f"{row.name:<44}{row.requests:>9,}{row.failures:>9,}{times}"
    for failure in load.failure_rows[:ROWS_SHOWN]:
        yield f"  failed {failure.count:,}x  {failure.name}: {failure.reason}"


def _render_usage(judgement: Judgement) -> Iterator[str]:
    components = list_components(judgement.environment)
    if not components:
        return
    yield f"{'RESOURCE USAGE':<44}{'CPU cores':>14}{'memory MB':>14}"
    yield from (f"  {name:<42}{cores:>14}{memory:>14}" for name, cores, memory in components)
    yield f"{'':<44}{'mean':>14}{'max':>14}"
    yield from (f"  {label:<42}{mean:>14}{most:>14}" for label, mean, most in list_counts(judgement.environment))
    yield ""


def _render_results(results: tuple[CheckResult, ...]) -> Iterator[str]:
    for result in results:
        counted = f"{result.population:>9,} looked at" + (f", {result.offenders:,} offend" if result.offenders else "")
        yield f"  {WORDS[result.outcome]:<8}{result.name:<34}{counted}"
        if result.reason and result.outcome == "unknown":
            yield f"          {result.reason}"
        for row in result.rows[:ROWS_SHOWN]:
            yield f"          {row.entity}: expected {row.expected}, is {row.actual}. {row.detail}".rstrip()
        if result.offenders > ROWS_SHOWN:
            yield f"          … and {result.offenders - ROWS_SHOWN:,} more"


def _render_audit(judgement: Judgement) -> Iterator[str]:
    audit = judgement.audit
    if audit is None:
        return
    yield "AUDIT"
    if not audit.complete:
        yield f"  {audit.unattributed:,} effects not attributed: this verification has no history of what was told"
    else:
        unknown = f"{audit.info:,} unanswered ({audit.recovered:,} happened, {audit.absent:,} did not)"
        yield f"  {audit.operations:,} writes told: {audit.ok:,} done, {audit.fail:,} refused, {unknown}"
        yield from _render_results(audit.results)
    yield ""
