"""The command line: stampede run | verify | list | report, those of the local stack, and those of many runs."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from seed.seeders import SEEDERS
from stampede import generator
from stampede.compare.commands import app as many_runs
from stampede.console import err, out, say
from stampede.environment import describe_environment
from stampede.errors import StampedeError
from stampede.plans import Overrides, Plan, describe_plan, find_plan, list_plans
from stampede.report.files import read_report, write_report
from stampede.report.terminal import render_terminal
from stampede.run import Watch, conduct, name_run
from stampede.settings import ROOT, Settings, load_settings
from stampede.stack.commands import app as stack_commands
from stampede.stack.local import LocalStack
from stampede.verdict import Judgement, Reason, Verdict, judge, worst
from stampede.verification import list_worlds, require_world, verify

INTERRUPTED = 130
UNUSABLE = 2

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Send a crowd at an API, then prove from the database that its answers were true.\n\n"
    "Exit codes: 0 PASS, 1 FAIL, 2 UNKNOWN or unusable input, 130 interrupted.",
)
app.add_typer(stack_commands)
app.add_typer(many_runs)


@app.command()
def run(
    plan: Annotated[str, typer.Argument(help="system/plan, as `stampede list` shows them.")],
    users: Annotated[int | None, typer.Option(help="How many users.")] = None,
    spawn_rate: Annotated[float | None, typer.Option(help="Users started per second.")] = None,
    run_time: Annotated[str | None, typer.Option(help="Like 30s, 2m, 1h30m.")] = None,
    think_time: Annotated[str | None, typer.Option(help="Seconds between tasks, like 2-5 or 0.")] = None,
    auth: Annotated[str | None, typer.Option(envvar="AUTH", help="login, or mint.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed number of the world.")] = None,
    threshold: Annotated[
        list[str] | None, typer.Option(help="Instead of the plan's, like 'p95 < 500ms'. Repeatable.")
    ] = None,
    world: Annotated[
        list[str] | None, typer.Option(help="Of the world, like students=500 or capacity=10,50. Repeatable.")
    ] = None,
) -> None:
    """Run a plan and judge it. Starts the local stack where none runs, and stops it again."""
    settings = load_settings()
    overrides = Overrides(
        users, spawn_rate, run_time, think_time, auth, seed, tuple(threshold or ()), tuple(world or ())
    )
    chosen = find_plan(plan, overrides)
    name = name_run(chosen.system, chosen.name)
    try:
        with LocalStack(settings).running(say), _progress(chosen) as watch:
            judgement = conduct(settings, chosen, name, watch)
    except (Exception, KeyboardInterrupt) as error:
        reason = _name_trouble(error)
        write_report(_unknown(chosen, name, reason), settings.reports / name)
        raise
    _tell(judgement, settings)
    raise typer.Exit(judgement.verdict.exit_code)


@contextmanager
def _progress(plan: Plan) -> Iterator[Watch]:
    """A bar that fills with the run time; on no terminal, a line every few seconds."""
    if not err.is_terminal:
        last = [0.0]

        def tell(progress: generator.Progress, elapsed_s: float) -> None:
            if elapsed_s - last[0] >= 5:
                last[0] = elapsed_s
                say(_describe(progress))

        yield Watch(say, tell)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        tasks: list[TaskID] = []

        def show(progress: generator.Progress, elapsed_s: float) -> None:
            if not tasks:
                tasks.append(bar.add_task("load", total=plan.run_time_s))
            bar.update(tasks[0], completed=min(elapsed_s, plan.run_time_s), description=_describe(progress))

        yield Watch(say, show)


def _describe(progress: generator.Progress) -> str:
    told = f"{progress.users} users, {progress.requests:,} requests, {progress.requests_per_s:,.0f}/s"
    return f"{told}, {progress.failures} failed"


def _name_trouble(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt):
        return "interrupted"
    return str(error) if isinstance(error, StampedeError) else f"{type(error).__name__}: {error}"


def _unknown(plan: Plan | None, name: str, reason: str, system: str = "") -> Judgement:
    """The judgement of a run that could not be made: nothing is known, so nothing passes."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Judgement(
        verdict=Verdict.UNKNOWN,
        reasons=(Reason(Verdict.UNKNOWN, reason),),
        system=plan.system if plan else system,
        run=name,
        started_at=now,
        finished_at=now,
        locking=None,
        plan=describe_plan(plan) if plan else None,
        load=None,
        thresholds=(),
        checks=(),
        audit=None,
    )


def _show(folder: Path) -> Path:
    """As seen from the checkout, which in a container is mounted elsewhere."""
    return folder.relative_to(ROOT) if folder.is_relative_to(ROOT) else folder


def _tell(judgement: Judgement, settings: Settings) -> None:
    folder = settings.reports / judgement.run
    write_report(judgement, folder)
    out.print(render_terminal(judgement), markup=False)
    err.print(f"Report: {_show(folder)}")


@app.command(name="verify")
def verify_command(
    system: Annotated[
        str | None, typer.Argument(help="Whose database to check; without it, of every system that has a world.")
    ] = None,
) -> None:
    """Run the integrity checks alone. Starts the kept database where no stack runs, and stops it again."""
    if system is not None and system not in SEEDERS:
        raise StampedeError(f"There is no system {system!r}. There is: {', '.join(SEEDERS)}.")
    settings = load_settings()
    verdicts = []
    try:
        with LocalStack(settings).running(say, database_only=True):
            for one in [system] if system else list_worlds(settings.database_url, list(SEEDERS)):
                judgement = _verify_alone(settings, one)
                _tell(judgement, settings)
                verdicts.append(judgement.verdict)
    except (Exception, KeyboardInterrupt) as error:
        name = name_run(system or "lab", "verify")
        write_report(_unknown(None, name, _name_trouble(error), system or ""), settings.reports / name)
        raise
    raise typer.Exit(worst(verdicts).exit_code)


def _verify_alone(settings: Settings, system: str) -> Judgement:
    name = name_run(system, "verify")
    started_at = datetime.now(UTC).isoformat(timespec="seconds")
    try:
        require_world(settings.database_url, system)
        say(f"verifying {system}")
        found = verify(settings.database_url, system, None)
        environment = describe_environment(settings.database_url, {})
    except StampedeError as error:
        return _unknown(None, name, str(error), system)  # and look at the next one
    reasons = judge(None, (), found.checks, found.audit, found.troubles)
    return Judgement(
        verdict=worst(reason.verdict for reason in reasons),
        reasons=reasons,
        system=system,
        run=name,
        started_at=started_at,
        finished_at=datetime.now(UTC).isoformat(timespec="seconds"),
        locking=None,
        plan=None,
        load=None,
        thresholds=(),
        checks=found.checks,
        audit=found.audit,
        environment=environment,
    )


@app.command(name="list")
def list_command() -> None:
    """Show every plan."""
    for plan in list_plans():
        out.print(f"{plan.key:<40}{plan.users:>5} users  {plan.run_time:<6}{plan.description}", markup=False)


@app.command()
def report(
    run_name: Annotated[str, typer.Argument(metavar="RUN", help="Name of a run, or latest.")] = "latest",
) -> None:
    """Show the report of an earlier run; the exit code is its verdict's."""
    settings = load_settings()
    judgement = read_report(settings.reports, run_name)
    out.print(render_terminal(judgement), markup=False)
    err.print(f"Report: {_show(settings.reports / judgement.run)}")
    raise typer.Exit(judgement.verdict.exit_code)


def main() -> None:
    """Run the command line; every refusal is one sentence on standard error.

    What nobody expected leaves with its traceback and the exit code of UNKNOWN, never of FAIL.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        app(standalone_mode=True)
    except StampedeError as error:
        err.print(f"stampede: {error}", markup=False)
        raise SystemExit(UNUSABLE) from None
    except KeyboardInterrupt:
        err.print("stampede: interrupted")
        raise SystemExit(INTERRUPTED) from None
    except Exception:
        err.print_exception()
        raise SystemExit(UNUSABLE) from None
