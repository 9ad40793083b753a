"""The commands of one run: stampede run | verify | audit | list | report."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from stampede.cli.options import describe_error, show_path, suite_of
from stampede.console import err, out, say
from stampede.errors import StampedeError
from stampede.judge.findings import Findings
from stampede.judge.verdict import Judgement, Verdict, judge, worst
from stampede.lab.audit import audit_run
from stampede.lab.hold import hold_lab
from stampede.lab.progress import Display
from stampede.lab.run import name_run, now, run_plan, start_findings
from stampede.lab.verification import run_all_checks
from stampede.load.generator import Progress as LoadProgress
from stampede.observe.environment import describe_environment
from stampede.report.files import read_report, write_report
from stampede.report.terminal import render_summary, render_terminal
from stampede.stack.local import LocalStack
from stampede.stack.proxy import add_proxy
from stampede.suite.model import Suite
from stampede.suite.plans import Overrides, Plan, find_plan, list_plans
from stampede.verify.database import find_missing_schemas

LINE_PERIOD_S = 5
app = typer.Typer()
Many = list[str] | None


@app.command()
def run(
    context: typer.Context,
    plan: Annotated[str, typer.Argument(help="system/plan, as `stampede list` shows them.")],
    users: Annotated[int | None, typer.Option(help="How many users.")] = None,
    spawn_rate: Annotated[float | None, typer.Option(help="Users started per second.")] = None,
    run_time: Annotated[str | None, typer.Option(help="Like 30s, 2m, 1h30m.")] = None,
    think_time: Annotated[str | None, typer.Option(help="Seconds between tasks, like 2-5 or 0.")] = None,
    reads: Annotated[str | None, typer.Option(help="Share of reads that are recorded, like 10%.")] = None,
    resend: Annotated[str | None, typer.Option(help="Share of answered writes sent again, like 2%.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed number of the world.")] = None,
    threshold: Annotated[Many, typer.Option(help="Beside the plan's, like 'p95 < 500ms'. Repeatable.")] = None,
    only_threshold: Annotated[Many, typer.Option(help="Instead of the plan's. Repeatable.")] = None,
    user_class: Annotated[Many, typer.Option(help="Instead of the plan's, like Buyer. Repeatable.")] = None,
    tags: Annotated[Many, typer.Option(help="Run tasks with one of these tags. Repeatable.")] = None,
    exclude_tags: Annotated[Many, typer.Option(help="Run no task with one of these tags. Repeatable.")] = None,
    world: Annotated[Many, typer.Option(help="Of the world, like users=500 or sizes=10,50. Repeatable.")] = None,
    option: Annotated[Many, typer.Option(help="Of the locustfile, like auth=mint. Repeatable.")] = None,
) -> None:
    """Run a plan and judge it. Starts the local stack where none runs, and stops it again."""
    suite = suite_of(context)
    changes = Overrides(
        users,
        spawn_rate,
        run_time,
        think_time,
        seed,
        reads,
        resend,
        thresholds=tuple(only_threshold or ()),
        added_thresholds=tuple(threshold or ()),
        user_classes=tuple(user_class or ()),
        tags=tuple(tags or ()),
        exclude_tags=tuple(exclude_tags or ()),
        world=tuple(world or ()),
        options=tuple(option or ()),
    )
    raise typer.Exit(_run(suite, find_plan(suite, plan, changes)).exit_code)


def _run(suite: Suite, plan: Plan) -> Verdict:
    """Run a plan and report on it: whatever happens, no earlier verdict is left as the latest."""
    suite = add_proxy(suite, plan)
    run_id = name_run(plan.system, plan.name)
    begun = start_findings(plan, run_id)
    write_report(judge(begun), suite.settings.reports / run_id)
    try:
        with hold_lab(suite), LocalStack(suite).running(say), _progress(plan) as display:
            judgement = run_plan(suite, plan, run_id, display)
    except (Exception, KeyboardInterrupt) as error:
        failed = replace(begun, finished_at=now(), troubles=(describe_error(error),))
        write_report(judge(failed), suite.settings.reports / run_id)
        raise
    _publish(judgement, suite)
    return judgement.verdict


@contextmanager
def _progress(plan: Plan) -> Iterator[Display]:
    """A bar that fills with the run time; without a terminal, a line every few seconds."""
    if not err.is_terminal:
        last = [0.0]

        def print_line(progress: LoadProgress, elapsed_s: float) -> None:
            if elapsed_s - last[0] >= LINE_PERIOD_S:
                last[0] = elapsed_s
                say(_describe(progress))

        yield Display(say, print_line)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        tasks: list[TaskID] = []

        def update_bar(progress: LoadProgress, elapsed_s: float) -> None:
            if not tasks:
                tasks.append(bar.add_task("load", total=plan.run_time_s))
            bar.update(tasks[0], completed=min(elapsed_s, plan.run_time_s), description=_describe(progress))

        yield Display(say, update_bar)


def _describe(progress: LoadProgress) -> str:
    figures = f"{progress.users} users, {progress.requests:,} requests, {progress.requests_per_s:,.0f}/s"
    return f"{figures}, {progress.failures} failed"


def _publish(judgement: Judgement, suite: Suite) -> None:
    folder = suite.settings.reports / judgement.findings.run
    write_report(judgement, folder)
    out.print(render_terminal(judgement), markup=False)
    err.print(f"Report: {show_path(folder, suite)}")


@app.command()
def verify(
    context: typer.Context,
    system: Annotated[
        str | None, typer.Argument(help="Whose tables to check; without it, of every system that has a world.")
    ] = None,
) -> None:
    """Run the integrity checks alone. Starts the kept database where no stack runs, and stops it again."""
    suite = suite_of(context)
    systems = sorted({plan.system for plan in list_plans(suite)})
    if system is not None and system not in systems:
        raise StampedeError(f"There is no system {system!r}. There is: {', '.join(systems)}.")
    run_id = name_run(system or "all", "verify")
    try:
        with LocalStack(suite).running(say, database_only=True):
            judgements = [_verify_one(suite, one) for one in _list_worlds(suite, [system] if system else systems)]
    except (Exception, KeyboardInterrupt) as error:
        failed = Findings(system or "all", run_id, now(), now(), troubles=(describe_error(error),))
        write_report(judge(failed), suite.settings.reports / run_id)
        raise
    verdict = worst(one.verdict for one in judgements)
    out.print(render_summary(judgements, verdict), markup=False)
    raise typer.Exit(verdict.exit_code)


def _list_worlds(suite: Suite, systems: list[str]) -> list[str]:
    """The systems whose schemas hold tables.

    Raises:
        StampedeError: none of them does, or the suite names no database.
    """
    if suite.database is None:
        raise StampedeError("The suite names no database ([database] url in suite.toml), so nothing can be verified.")
    url = suite.database.url
    made = [system for system in systems if not find_missing_schemas(url, suite.system(system).schemas)]
    if not made:
        raise StampedeError(
            f"The database holds no world of {', '.join(systems)}: make one with `stampede seed` or a run."
        )
    return made


def _verify_one(suite: Suite, system: str) -> Judgement:
    started_at = now()
    say(f"verifying {system}")
    found = run_all_checks(suite, system)
    findings = Findings(
        system,
        name_run(system, "verify"),
        started_at,
        now(),
        checks=found.checks,
        troubles=found.troubles,
        environment=describe_environment(suite, {}),
    )
    judgement = judge(findings)
    _publish(judgement, suite)
    return judgement


@app.command()
def audit(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Report folder of a run, like reports/latest.")],
) -> None:
    """Audit and judge a run again from its files alone; no server is needed. Nothing is written."""
    judgement = audit_run(folder)
    out.print(render_terminal(judgement), markup=False)
    raise typer.Exit(judgement.verdict.exit_code)


@app.command(name="list")
def list_command(context: typer.Context) -> None:
    """Show every plan."""
    for plan in list_plans(suite_of(context)):
        out.print(f"{plan.key:<40}{plan.users:>5} users  {plan.run_time:<6}{plan.description}", markup=False)


@app.command()
def report(
    context: typer.Context,
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="Id of a run, or latest.")] = "latest",
) -> None:
    """Show the report of an earlier run; the exit code is its verdict's."""
    suite = suite_of(context)
    judgement = read_report(suite.settings.reports, run_id)
    out.print(render_terminal(judgement), markup=False)
    err.print(f"Report: {show_path(suite.settings.reports / judgement.findings.run, suite)}")
    raise typer.Exit(judgement.verdict.exit_code)
