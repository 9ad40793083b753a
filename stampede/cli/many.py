"""The commands that make many runs: stampede compare, stampede prove."""

import json
import os
import platform
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from stampede.cli.options import suite_of
from stampede.console import err, out, say
from stampede.errors import StampedeError
from stampede.lab import comparison, peer, proof
from stampede.lab.runs import Run, Series, require_down
from stampede.stack.local import LocalStack
from stampede.suite.check import load_checks
from stampede.suite.model import Guard, Suite
from stampede.suite.plans import Overrides, find_plan, list_plans
from stampede.verify.audits import AUDITS

app = typer.Typer()

Strategies = Annotated[str, typer.Option(help="Only these, with commas between; empty: all.")]
GuardName = Annotated[str, typer.Option("--guard", help="The setting of the target whose strategies are run.")]
RunTime = Annotated[str, typer.Option(help="Of each run, like 30s.")]


def _find_guard(suite: Suite, name: str) -> Guard:
    if name not in suite.guards:
        raise StampedeError(f"There is no guard {name!r}. suite.toml has: {', '.join(suite.guards) or 'none'}.")
    return suite.guards[name]


def _read_strategies(guard: Guard, text: str) -> list[str]:
    chosen = text.split(",") if text else list(guard.strategies)
    if strange := [name for name in chosen if name not in guard.strategies]:
        raise StampedeError(f"There is no strategy {strange[0]!r}. There is: {', '.join(guard.strategies)}.")
    return chosen


def _read_delays(text: str) -> list[float]:
    try:
        delays = [float(part) for part in text.split(",") if part]
    except ValueError:
        raise StampedeError(f"Cannot parse the delays {text!r}: expected milliseconds like 1,5.") from None
    if any(delay < 0 for delay in delays):
        raise StampedeError("A delay below 0 cannot be.")
    return [delay for delay in delays if delay]


def _folder(suite: Suite, name: str) -> Path:
    folder = suite.settings.reports / f"{name}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    (folder / "runs").mkdir(parents=True)
    return folder


def _say_run(run: Run, number: int, of: int) -> None:
    delay = f" +{run.delay_ms:g} ms" if run.delay_ms else ""
    say(f"{number}/{of} {run.strategy}{delay}: {run.verdict}, {run.accepted_per_s:,.0f} accepted/s")


@app.command()
def compare(
    context: typer.Context,
    plan: Annotated[str, typer.Argument(help="system/plan, as `stampede list` shows them.")],
    guard_name: GuardName,
    strategies: Strategies = "",
    repetitions: Annotated[int, typer.Option(min=1, help="Runs of each strategy.")] = 3,
    run_time: RunTime = "30s",
    delays: Annotated[str, typer.Option(help="Milliseconds added to a round trip to the database.")] = "1,5",
    peer_time: Annotated[int, typer.Option(min=0, help="Seconds of each measurement of the peer; 0: none.")] = 10,
    seed: Annotated[int, typer.Option(help="Of the order in which strategies come.")] = 1,
) -> None:
    """Run a plan under each strategy, also with a slower way to the database, in shuffled order; table and plot."""
    suite = suite_of(context)
    guard = _find_guard(suite, guard_name)
    chosen = _read_strategies(guard, strategies)
    find_plan(suite, plan, Overrides(run_time=run_time))
    require_down(suite)
    draw = random.Random(seed)  # noqa: S311  # an order, not a secret
    rounds = _schedule(draw, guard, chosen, _read_delays(delays), repetitions)
    folder = _folder(suite, f"compare-{guard_name.lower()}")
    series, total, runs = Series(suite, guard_name, folder / "runs"), sum(map(len, rounds)), list[Run]()
    # The peer runs around every round: the machine's speed drifts, and what is compared must share the drift.
    measured = _measure_peer(suite, guard, peer_time)
    for schedule in rounds:
        for name, delay_ms in schedule:
            runs.append(series.run(plan, name, ["--run-time", run_time], delay_ms))
            proof.append_run(folder / "runs.jsonl", runs[-1])
            _say_run(runs[-1], len(runs), total)
        measured += _measure_peer(suite, guard, peer_time)
    given = {"strategies": ",".join(chosen), "repetitions": repetitions, "run-time": run_time, "delays": delays}
    given |= {"peer-time": peer_time, "seed": seed, "guard": guard_name}
    arguments = tuple(part for name, value in given.items() for part in (f"--{name}", str(value)))
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}"
    _write(folder, comparison.Comparison(guard, plan, arguments, tuple(runs), tuple(measured), machine))


def _schedule(
    draw: random.Random, guard: Guard, chosen: list[str], delays_ms: list[float], repetitions: int
) -> list[list[tuple[str, float]]]:
    """The rounds, each in shuffled order; runs with a delay are dealt out over them."""
    slowed = [(name, delay) for delay in delays_ms for name in chosen if name in guard.right]
    draw.shuffle(slowed)
    rounds = [[(name, 0.0) for name in chosen] + slowed[place::repetitions] for place in range(repetitions)]
    for one in rounds:
        draw.shuffle(one)
    return rounds


def _measure_peer(suite: Suite, guard: Guard, seconds: int) -> list[peer.Peer]:
    if not seconds or not guard.peer:
        return []
    say("measuring the database alone")
    with LocalStack(suite).running(say):
        return peer.measure_peer(suite, guard, seconds)


def _write(folder: Path, made: comparison.Comparison) -> None:
    from stampede.lab import plot  # what draws is not in the containers, whose program this is as well

    png = plot.render_png(made)
    (folder / "comparison.json").write_text(json.dumps(comparison.describe_comparison(made), indent=2))
    (folder / "comparison.md").write_text(comparison.render_markdown(made))
    (folder / "comparison.png").write_bytes(png)
    (folder / "comparison.html").write_text(plot.render_page(made, png))
    out.print(comparison.render_markdown(made), markup=False)
    err.print(f"Comparison: {folder}")


@app.command()
def prove(
    context: typer.Context,
    system: Annotated[str, typer.Argument(help="Whose plans.")],
    guard_name: GuardName,
    strategies: Strategies = "",
    runs: Annotated[int, typer.Option(min=0, help="Runs of each strategy; 0 only counts those of --count.")] = 20,
    run_time: RunTime = "30s",
    count: Annotated[list[Path] | None, typer.Option(help="runs.jsonl of a proof to count in too.")] = None,
) -> None:
    """Run every strategy again and again: exit code 1 if a wrong one passes or a right one fails."""
    suite = suite_of(context)
    guard = _find_guard(suite, guard_name)
    chosen = _read_strategies(guard, strategies)
    plans = proof.choose_plans(list_plans(suite), system, guard)
    checks = [*(check.name for check in load_checks(suite.sql("checks", system))), *AUDITS]
    require_down(suite)
    folder = _folder(suite, "proof")
    series = Series(suite, guard_name, folder / "runs")
    made = [run for path in count or () for run in proof.read_runs(path)]
    schedule = [name for _ in range(runs) for name in chosen]
    for number, name in enumerate(schedule, start=1):
        run = series.run(plans[name], name, ["--run-time", run_time])
        proof.append_run(folder / "runs.jsonl", run)
        made.append(run)
        _say_run(run, number, len(schedule))
    matrix = proof.render_matrix(made, checks, guard)
    (folder / "matrix.md").write_text(matrix + "\n")
    out.print(matrix, markup=False)
    err.print(f"Proof: {folder}")
    faults = proof.find_faults(made, chosen, guard)
    for fault in faults:
        out.print(fault, markup=False)
    raise typer.Exit(1 if faults else 0)
