"""The report folder of a run: every rendering, and the link `latest`."""

import json
from collections.abc import Callable
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, select_autoescape
from pydantic import TypeAdapter, ValidationError

from stampede.errors import StampedeError
from stampede.judge.verdict import Judgement, recommend
from stampede.report.baseline import HEADER, list_differences
from stampede.report.junit import render_junit
from stampede.report.markdown import render_markdown
from stampede.report.resources import list_components, list_counts
from stampede.report.terminal import render_terminal
from stampede.report.timeline import Timeline, read_timeline

VERDICT_FILE = "verdict.json"
PAGE = "report.html"
METRICS = ("error_rate", "throughput", "average", "p50", "p95", "p99", "max")
_ADAPTER = TypeAdapter(Judgement)


def render_json(judgement: Judgement) -> str:
    """verdict.json: verdict, reasons and findings; in `load.metrics` the figures made of the latency counts."""
    described = _ADAPTER.dump_python(judgement, mode="json")
    fields = {**described, **described.pop("findings")}
    del fields["findings"]
    if load := judgement.findings.load:
        fields["load"]["metrics"] = {name: round(load.metric(name), 3) for name in METRICS}
    return json.dumps(fields, indent=2)


def render_html(judgement: Judgement, timeline: Timeline | None = None) -> str:
    """A page of its own, without anything to fetch."""
    folder = FileSystemLoader(Path(__file__).parent)
    page = Environment(loader=folder, autoescape=select_autoescape()).get_template("page.html")
    findings = judgement.findings
    tables = [("Integrity checks", findings.checks), ("Audit", findings.audits)]
    usage = [
        (("component", "CPU cores", "memory MB"), list_components(findings.environment)),
        (("", "mean", "max"), list_counts(findings.environment)),
    ]
    return page.render(
        judgement=judgement,
        findings=findings,
        recommendation=recommend(judgement),
        tables=tables,
        usage=usage,
        differences=[HEADER, *list_differences(findings)],
        timeline=timeline,
    )


RENDERINGS: dict[str, Callable[[Judgement], str]] = {
    VERDICT_FILE: render_json,
    "report.txt": render_terminal,
    "junit.xml": render_junit,
    "report.md": render_markdown,
    PAGE: render_html,
}


def write_report(judgement: Judgement, folder: Path) -> None:
    """Write every rendering, then turn `latest` to this run. The page has a timeline where the folder has a series."""
    folder.mkdir(parents=True, exist_ok=True)
    timeline = read_timeline(folder)
    for name, render in RENDERINGS.items():
        written = folder / f".{name}"  # a killed process leaves the file of before, not half of this one
        text = render_html(judgement, timeline) if name == PAGE else render(judgement)
        written.write_text(text, encoding="utf-8", errors="replace")
        written.replace(folder / name)
    latest = folder.parent / "latest"
    turning = folder.parent / ".latest"
    turning.unlink(missing_ok=True)
    turning.symlink_to(folder.name, target_is_directory=True)
    turning.replace(latest)


def read_report(reports: Path, run: str) -> Judgement:
    """The judgement of an earlier run, by its folder's name or `latest`.

    Raises:
        StampedeError: there is no such run, or its verdict.json cannot be parsed.
    """
    path = reports / run / VERDICT_FILE
    if not path.exists():
        known = sorted(folder.parent.name for folder in reports.glob(f"*/{VERDICT_FILE}"))
        raise StampedeError(f"There is no run {run!r} in {reports}. It holds: {', '.join(known) or 'none'}.")
    try:
        fields = json.loads(path.read_bytes())
        own = {name: fields.pop(name) for name in ("verdict", "reasons", "schema")}
        if fields["load"]:
            del fields["load"]["metrics"]
        return _ADAPTER.validate_python({**own, "findings": fields})
    except (ValueError, KeyError, TypeError) as error:
        raise StampedeError(f"{path} is no verdict of this version: {_first_fault(error)}.") from None


def _first_fault(error: Exception) -> str:
    if isinstance(error, ValidationError):
        fault = error.errors()[0]
        return f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}"
    return f"{type(error).__name__} {error}"
