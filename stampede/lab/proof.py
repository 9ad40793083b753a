"""The proof of the verdict: every right strategy passes, every wrong one is caught, and by what."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from stampede.errors import StampedeError
from stampede.lab.runs import Run
from stampede.suite.model import Guard
from stampede.suite.plans import Plan

# Of 20 runs under a wrong strategy, 19 must be caught.
CAUGHT_SHARE = 0.95
EVERY_OTHER = "*"


def choose_plans(plans: Sequence[Plan], system: str, guard: Guard) -> dict[str, str]:
    """The plan under which each strategy is proven, by their keys.

    Raises:
        StampedeError: no plan of the system says that it proves a strategy.
    """
    named = {strategy: plan.key for plan in plans if plan.system == system for strategy in plan.proves}
    chosen = {strategy: named.get(strategy) or named.get(EVERY_OTHER) or "" for strategy in guard.strategies}
    if lacking := [strategy for strategy, key in chosen.items() if not key]:
        raise StampedeError(f"No plan of {system!r} says with `proves` that it proves {', '.join(lacking)}.")
    return chosen


def find_faults(runs: Sequence[Run], strategies: Sequence[str], guard: Guard) -> list[str]:
    """Return a sentence for each right strategy that did not pass and each wrong strategy that was not caught."""
    faults = []
    for strategy in strategies:
        mine = [run for run in runs if run.strategy == strategy]
        if not mine:
            faults.append(f"{strategy} was never run")
        passed, caught = sum(run.verdict == "PASS" for run in mine), sum(run.is_caught for run in mine)
        if strategy in guard.right and passed < len(mine):
            faults.append(f"{strategy} is right, but {len(mine) - passed} of {len(mine)} runs did not pass")
        if strategy in guard.wrong and caught < CAUGHT_SHARE * len(mine):
            faults.append(f"{strategy} is wrong, but only {caught} of {len(mine)} runs were caught")
    return faults


def render_matrix(runs: Sequence[Run], checks: Sequence[str], guard: Guard) -> str:
    """A row per check, audit and missed threshold, a column per strategy: fired in k of n runs."""
    strategies = [name for name in guard.strategies if any(run.strategy == name for run in runs)]
    columns = [[run for run in runs if run.strategy == name] for name in strategies]
    missed = sorted({name for run in runs for name in run.anomalies} - set(checks))
    lines = [_line("", strategies), _line("---", ["---"] * len(strategies))]
    for word in ("PASS", "FAIL", "UNKNOWN"):
        lines.append(_line(f"**{word}**", [_share(sum(run.verdict == word for run in mine), mine) for mine in columns]))
    for name in (*checks, *missed):
        lines.append(_line(f"`{name}`", [_share(sum(name in run.anomalies for run in mine), mine) for mine in columns]))
    return "\n".join(lines)


def _line(first: str, cells: Sequence[str]) -> str:
    return f"| {' | '.join([first, *cells])} |"


def _share(count: int, runs: Sequence[Run]) -> str:
    return f"{count}/{len(runs)}" if count else "0"


def read_runs(path: Path) -> list[Run]:
    """The runs of an earlier proof, as `append_run` kept them."""
    return [Run(**json.loads(line)) for line in path.read_text().splitlines()]


def append_run(path: Path, run: Run) -> None:
    """Keep a run, so that a proof that is broken off is not lost."""
    with path.open("a") as file:
        file.write(json.dumps(asdict(run)) + "\n")
