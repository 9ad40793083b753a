"""The commands that run many runs: stampede compare locking, stampede prove."""

import json
import os
import platform
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from stampede.checks import load_checks
from stampede.compare import locking, pgbench, proof
from stampede.compare.runs import RIGHT, STRATEGIES, Run, make_run, require_down
from stampede.console import err, out, say
from stampede.errors import StampedeError
from stampede.plans import Overrides, find_plan, list_plans
from stampede.settings import ROOT, Settings, load_settings
from stampede.stack.local import LocalStack

app = typer.Typer()
compare = typer.Typer(no_args_is_help=True, help="Compare ways of doing the same, each on the same world and load.")
app.add_typer(compare, name="compare")

ALL = ",".join(STRATEGIES)
Strategies = Annotated[str, typer.Option(help="Only these, with commas between.")]
RunTime = Annotated[str, typer.Option(help="Of each run, like 30s.")]


def _read_strategies(text: str) -> list[str]:
    chosen = text.split(",")
    if strange := [name for name in chosen if name not in STRATEGIES]:
        raise StampedeError(f"There is no strategy {strange[0]!r}. There is: {', '.join(STRATEGIES)}.")
    return chosen


def _read_delays(text: str) -> list[float]:
    try:
        delays = [float(part) for part in text.split(",") if part]
    except ValueError:
        raise StampedeError(f"The delays {text!r} do not read; write them like 1,5 (milliseconds).") from None
    if any(delay < 0 for delay in delays):
        raise StampedeError("A delay below 0 cannot be.")
    return [delay for delay in delays if delay]


def _folder(settings: Settings, name: str) -> Path:
    folder = settings.reports / f"{name}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    (folder / "runs").mkdir(parents=True)
    return folder


def _tell(run: Run, number: int, of: int) -> None:
    delay = f" +{run.delay_ms:g} ms" if run.delay_ms else ""
    say(f"{number}/{of} {run.strategy}{delay}: {run.verdict}, {run.accepted_per_s:,.0f} accepted/s")


@compare.command(name="locking")
def compare_locking(
    plan: Annotated[str, typer.Option(help="system/plan, as `stampede list` shows them.")] = "registration/hot_course",
    strategies: Strategies = ALL,
    repetitions: Annotated[int, typer.Option(min=1, help="Runs of each strategy.")] = 3,
    run_time: RunTime = "30s",
    delays: Annotated[str, typer.Option(help="Milliseconds added to a round trip to the database.")] = "1,5",
    pgbench_time: Annotated[
        int, typer.Option(min=0, help="Seconds of each of pgbench's eight measurements per round; 0: none.")
    ] = 10,
    seed: Annotated[int, typer.Option(help="Of the order in which strategies come.")] = 1,
) -> None:
    """Run a plan under each strategy, also with a slower way to the database, in shuffled order; table and plot."""
    settings, chosen = load_settings(), _read_strategies(strategies)
    system = find_plan(plan, Overrides(run_time=run_time)).system
    require_down(settings)
    draw = random.Random(seed)  # noqa: S311  # an order, not a secret
    slowed = [(name, delay) for delay in _read_delays(delays) for name in chosen if name in RIGHT]
    draw.shuffle(slowed)
    # Those with a delay are dealt out over the rounds.
    rounds = [[(name, 0.0) for name in chosen] + slowed[place::repetitions] for place in range(repetitions)]
    total = len(chosen) * repetitions + len(slowed)
    folder, runs = _folder(settings, "compare-locking"), list[Run]()

    def make_all(schedule: list[tuple[str, float]]) -> None:
        for name, delay_ms in schedule:
            runs.append(make_run(plan, name, folder / "runs", ["--run-time", run_time], delay_ms))
            proof.append_run(folder / "runs.jsonl", runs[-1])
            _tell(runs[-1], len(runs), total)

    # Around every round: the machine's speed drifts, and what is compared must have had the same share of it.
    seconds = pgbench_time if system == pgbench.SYSTEM else 0
    measured = _measure_pgbench(settings, seconds)
    for schedule in rounds:
        draw.shuffle(schedule)
        make_all(schedule)
        measured += _measure_pgbench(settings, seconds)
    given = {"strategies": strategies, "repetitions": repetitions, "run-time": run_time, "delays": delays}
    given |= {"pgbench-time": pgbench_time, "seed": seed}
    arguments = tuple(part for name, value in given.items() for part in (f"--{name}", str(value)))
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}"
    _write(folder, locking.Comparison(plan, arguments, tuple(runs), tuple(measured), machine))


def _measure_pgbench(settings: Settings, seconds: int) -> list[pgbench.Pgbench]:
    if not seconds:
        return []
    with LocalStack(settings).running(say):
        return pgbench.measure_pgbench(settings, seconds, say)


def _write(folder: Path, comparison: locking.Comparison) -> None:
    from stampede.compare import plot  # what draws is not in the containers, whose program this is as well

    png = plot.render_png(comparison)
    (folder / "comparison.json").write_text(json.dumps(locking.describe_comparison(comparison), indent=2))
    (folder / "comparison.md").write_text(locking.render_markdown(comparison))
    (folder / "comparison.png").write_bytes(png)
    (folder / "comparison.html").write_text(plot.render_page(comparison, png))
    out.print(locking.render_markdown(comparison), markup=False)
    err.print(f"Comparison: {folder}")


@app.command()
def prove(
    system: Annotated[str, typer.Option(help="Whose plans.")] = "registration",
    strategies: Strategies = ALL,
    runs: Annotated[int, typer.Option(min=0, help="Runs of each strategy; 0 only counts those of --count.")] = 20,
    run_time: RunTime = "30s",
    count: Annotated[list[Path] | None, typer.Option(help="runs.jsonl of a proof to count in too.")] = None,
) -> None:
    """Run every strategy again and again: exit code 1 if a wrong one passes or a right one fails."""
    settings, chosen = load_settings(), _read_strategies(strategies)
    plans = proof.choose_plans(list_plans(), system)
    checks = [check.name for layer in ("checks", "audit") for check in load_checks(ROOT / "sql" / layer / system)]
    require_down(settings)
    folder = _folder(settings, "proof")
    made = [run for path in count or () for run in proof.read_runs(path)]
    schedule = [name for _ in range(runs) for name in chosen]
    for number, name in enumerate(schedule, start=1):
        run = make_run(plans[name], name, folder / "runs", ["--run-time", run_time])
        proof.append_run(folder / "runs.jsonl", run)
        made.append(run)
        _tell(run, number, len(schedule))
    matrix = proof.render_matrix(made, checks)
    (folder / "matrix.md").write_text(matrix + "\n")
    out.print(matrix, markup=False)
    err.print(f"Proof: {folder}")
    faults = proof.find_faults(made, chosen)
    for fault in faults:
        out.print(fault, markup=False)
    raise typer.Exit(1 if faults else 0)
