"""Before a run: the target is healthy, the load generators are connected and idle, the user classes are known."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from stampede.errors import StampedeError
from stampede.faults.leftovers import undo_leftovers
from stampede.lab.progress import Display
from stampede.lab.recovery import free_workers
from stampede.load.generator import Generator
from stampede.observe.target import TargetClient
from stampede.suite.model import Suite
from stampede.suite.plans import Plan


@dataclass(frozen=True, slots=True)
class Preflight:
    """The state before the run: the health answer's fields, the active strategies, the ids of the idle workers."""

    health: dict[str, Any]
    strategies: dict[str, str]
    workers: frozenset[str]


def check_preflight(suite: Suite, plan: Plan, generator: Generator, display: Display) -> Preflight:
    """Check that a run can start, and end what an earlier one left running.

    Raises:
        StampedeError: it cannot; the message says why and what to do.
    """
    undo_leftovers(suite)
    health, strategies = _check_target(suite)
    _check_classes(plan, generator)
    return Preflight(health, strategies, free_workers(suite, generator, display))


def _check_target(suite: Suite) -> tuple[dict[str, Any], dict[str, str]]:
    client = TargetClient(suite)
    health = client.read_health()
    url = f"{suite.target.url}{suite.target.health}"
    if not health.ready:
        told = ", ".join(f"{name} {value}" for name, value in health.fields.items() if isinstance(value, (str, int)))
        raise StampedeError(f"The target is not ready: {url} answers {health.status} ({told or 'no details'}).")
    for name, least in suite.target.least.items():
        if not _number(health.fields.get(name)) >= least:
            raise StampedeError(
                f"A run needs {name} of at least {least:g}, but {url} answers {health.fields.get(name)}."
            )
    return health.fields, _check_strategies(client.read_strategies(health))


def _check_strategies(active: dict[str, str]) -> dict[str, str]:
    """The active strategies; a run named for one strategy is never made with another."""
    for name, strategy in active.items():
        if (wanted := os.environ.get(name) or strategy) != strategy:
            raise StampedeError(
                f"The target is up with {name}={strategy}: for {wanted}, stop it first (`stampede down`)."
            )
    return active


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) else 0.0


def _check_classes(plan: Plan, generator: Generator) -> None:
    told = generator.read_reports()
    offered = told.classes
    for user_class in plan.user_classes:
        if user_class not in offered:
            raise StampedeError(
                f"The locustfile behind {generator.url} has no class {user_class}; it has {', '.join(offered)}."
            )
        check_tags(plan, user_class, told.tags.get(user_class, []))
    check_options(plan, told.options)
    known = sorted({tag for tasks in told.tags.values() for tags in tasks for tag in tags})
    for tag in (*plan.tags, *plan.exclude_tags):
        if tag not in known:
            raise StampedeError(
                f"No task behind {generator.url} has the tag {tag}; there is: {', '.join(known) or 'none'}."
            )


def check_options(plan: Plan, known: Sequence[str]) -> None:
    """Check that the locustfile has each option of the plan, because Locust ignores unknown options.

    Raises:
        StampedeError: it has not.
    """
    for name in plan.options:
        if name not in known:
            near = get_close_matches(name, known)
            hint = f"; did you mean {' or '.join(near)}?" if near else "."
            raise StampedeError(f"The locustfile has no option {name!r}{hint}")


def check_tags(plan: Plan, user_class: str, tasks: Sequence[Sequence[str]]) -> None:
    """Check that the plan's tags leave a user class a task; `tasks` are the tags of each of its tasks.

    Raises:
        StampedeError: they leave none, so its users could not run.
    """
    wanted, unwanted = set(plan.tags), set(plan.exclude_tags)
    if tasks and not any((not wanted or wanted & set(tags)) and not unwanted & set(tags) for tags in tasks):
        has = ", ".join(sorted({tag for tags in tasks for tag in tags})) or "none"
        raise StampedeError(f"The tags leave {user_class} no task: its tasks have the tags {has}.")
