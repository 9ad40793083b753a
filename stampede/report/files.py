"""The report folder of a run: every rendering, and the link `latest`."""

import json
from collections.abc import Callable
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, select_autoescape
from pydantic import TypeAdapter, ValidationError

from stampede.errors import StampedeError
from stampede.report.junit import render_junit
from stampede.report.markdown import render_markdown
from stampede.report.resources import list_components, list_counts
from stampede.report.terminal import render_terminal
from stampede.verdict import Judgement, recommend

VERDICT_FILE = "verdict.json"
METRICS = ("error_rate", "throughput", "average", "p50", "p95", "p99", "max")
_ADAPTER = TypeAdapter(Judgement)


def render_json(judgement: Judgement) -> str:
    """verdict.json: the judgement as it is, and in `load.metrics` the figures made of its latency counts."""
    fields = _ADAPTER.dump_python(judgement, mode="json")
    if load := judgement.load:
        fields["load"]["metrics"] = {name: round(load.metric(name), 3) for name in METRICS}
    return json.dumps(fields, indent=2)


def render_html(judgement: Judgement) -> str:
    """A page of its own, without anything to fetch."""
    folder = FileSystemLoader(Path(__file__).parent)
    page = Environment(loader=folder, autoescape=select_autoescape()).get_template("page.html")
    audit = judgement.audit.results if judgement.audit else ()
    tables = [("Integrity checks", judgement.checks), ("Audit", audit)]
    usage = [
        (("server", "CPU cores", "memory MB"), list_components(judgement.environment)),
        (("", "mean", "max"), list_counts(judgement.environment)),
    ]
    return page.render(judgement=judgement, recommendation=recommend(judgement), tables=tables, usage=usage)


RENDERINGS: dict[str, Callable[[Judgement], str]] = {
    VERDICT_FILE: render_json,
    "report.txt": render_terminal,
    "junit.xml": render_junit,
    "report.md": render_markdown,
    "report.html": render_html,
}


def write_report(judgement: Judgement, folder: Path) -> None:
    """Write every rendering, then turn `latest` to this run."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, render in RENDERINGS.items():
        (folder / name).write_text(render(judgement))
    latest = folder.parent / "latest"
    turning = folder.parent / ".latest"
    turning.unlink(missing_ok=True)
    turning.symlink_to(folder.name, target_is_directory=True)
    turning.replace(latest)


def read_report(reports: Path, run: str) -> Judgement:
    """The judgement of an earlier run, by its folder's name or `latest`.

    Raises:
        StampedeError: there is no such run, or its verdict.json does not read.
    """
    path = reports / run / VERDICT_FILE
    if not path.exists():
        known = sorted(folder.parent.name for folder in reports.glob(f"*/{VERDICT_FILE}"))
        raise StampedeError(f"There is no run {run!r} in {reports}. It holds: {', '.join(known) or 'none'}.")
    try:
        return _ADAPTER.validate_json(path.read_bytes())
    except ValidationError as error:
        raise StampedeError(f"{path} does not read: {error.errors()[0]['msg']}.") from None
