"""The commands on files: stampede thresholds | baseline write | validate."""

from pathlib import Path
from typing import Annotated

import typer

from stampede.cli.options import show_path, suite_of
from stampede.console import out
from stampede.errors import StampedeError
from stampede.judge.table import TARGETS, describe_measured, evaluate_table, read_table
from stampede.judge.verdict import Verdict, worst
from stampede.lab.baseline import keep_baseline
from stampede.lab.validation import validate_suite
from stampede.report.files import read_report
from stampede.suite.thresholds import parse_threshold

app = typer.Typer()
baseline = typer.Typer(no_args_is_help=True)
app.add_typer(baseline, name="baseline")
VERDICTS = {"pass": Verdict.PASS, "fail": Verdict.FAIL, "unknown": Verdict.UNKNOWN}
ROUNDED = "Locust rounds the percentiles of a CSV to two digits: a bound inside the rounding is UNKNOWN."


@app.command()
def thresholds(
    file: Annotated[Path, typer.Argument(metavar="CSV", help="results_stats.csv of any Locust run.")],
    threshold: Annotated[list[str] | None, typer.Option(help=f"Instead of {', '.join(TARGETS)}. Repeatable.")] = None,
) -> None:
    """Hold thresholds against the stats CSV of a Locust run; the exit code is the verdict's."""
    limits = [parse_threshold(text) for text in threshold or TARGETS]
    for limit in limits:
        if limit.stage or limit.status_class or limit.kind in ("resource", "outage"):
            raise StampedeError(
                f"The threshold {limit.text!r} cannot be told from a stats CSV, which is of all requests and knows "
                "neither stages nor statuses."
            )
    table = read_table(file)
    results = [evaluate_table(limit, table) for limit in limits]
    width = max(len(limit.text) for limit in limits) + 2
    for limit, result in zip(limits, results, strict=True):
        out.print(f"  {result.outcome.upper():<8}{limit.text:<{width}}{describe_measured(limit, table)}", markup=False)
    verdict = worst(VERDICTS[result.outcome] for result in results)
    if any(limit.metric.startswith("p") for limit in limits):
        out.print(ROUNDED, markup=False)
    out.print(f"VERDICT  {verdict}", markup=False)
    raise typer.Exit(verdict.exit_code)


@app.command()
def validate(context: typer.Context) -> None:
    """Validate the suite without a run, one line each; exit code 1 where something is not as it must be."""
    ok = True
    for line in validate_suite(suite_of(context)):
        ok &= line.ok
        out.print(f"  {'OK' if line.ok else 'FAIL':<6}{line.subject:<42}{line.text}", markup=False)
    raise typer.Exit(0 if ok else 1)


@baseline.command()
def write(
    context: typer.Context,
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="Id of a run that passed, or latest.")] = "latest",
    file: Annotated[Path | None, typer.Option(help="Instead of the file that the plan names.")] = None,
) -> None:
    """Make or update a baseline file from a run that PASSED; entries of requests that it did not send stay."""
    suite = suite_of(context)
    path = keep_baseline(suite, read_report(suite.settings.reports, run_id), file)
    out.print(f"Written: {show_path(path, suite)}", markup=False)


@baseline.callback(help="Baseline files of plans.")
def _group() -> None:
    """Without it, typer would drop the name of the only command."""
