"""Before a run: the target is healthy, the load generators are connected and idle, the plan can be carried out."""

import os
import time
from dataclasses import dataclass
from typing import Any

from stampede.errors import StampedeError
from stampede.lab.progress import Display
from stampede.load.generator import ACTIVE_STATES, IDLE_STATES, Generator
from stampede.observe.target import TargetClient
from stampede.suite.model import Suite
from stampede.suite.plans import Plan

WORKERS_TIMEOUT_S = 30.0
CACHED_S = 3.0  # Locust's web API answers from a cache of two seconds
POLL_S = 0.5


@dataclass(frozen=True, slots=True)
class Preflight:
    """The state before the run: the health answer's fields, the active strategies, the ids of the idle workers."""

    health: dict[str, Any]
    strategies: dict[str, str]
    workers: frozenset[str]


def check_preflight(suite: Suite, plan: Plan, generator: Generator, display: Display) -> Preflight:
    """Check that a run can start; change nothing.

    Raises:
        StampedeError: it cannot; the message says why and what to do.
    """
    if plan.spawn_time_s >= plan.run_time_s:
        raise StampedeError(
            f"{plan.key} needs {plan.spawn_time_s:.0f} s to start {plan.users} users at {plan.spawn_rate:g}/s, so its "
            f"run time of {plan.run_time} is too short: give it a longer one, or a higher spawn rate."
        )
    health, strategies = _check_target(suite)
    _check_classes(plan, generator)
    return Preflight(health, strategies, _await_workers(suite, generator, display))


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
    offered = generator.read_reports().classes
    for user_class in plan.user_classes:
        if user_class not in offered:
            raise StampedeError(
                f"The locustfile behind {generator.url} has no class {user_class}; it has {', '.join(offered)}."
            )


def _await_workers(suite: Suite, generator: Generator, display: Display) -> frozenset[str]:
    """Wait for the workers; one is back from an earlier run only after its stop timeout."""
    started, waiting = time.monotonic(), False
    wanted = suite.settings.workers
    while True:
        progress = generator.read_progress()
        elapsed_s = time.monotonic() - started
        busy = progress.users > 0 or progress.state not in IDLE_STATES
        if not busy and len(progress.workers) >= wanted:
            return progress.workers
        if busy and (progress.state in ACTIVE_STATES or progress.users) and elapsed_s > CACHED_S:
            raise StampedeError(
                f"Another run is going on ({progress.state}): wait for its end or stop it at {generator.url}."
            )
        if elapsed_s > WORKERS_TIMEOUT_S:
            raise StampedeError(
                f"Only {len(progress.workers)} of {wanted} load generators are connected to {generator.url} "
                f"(state {progress.state})."
            )
        if not waiting:
            display.say("waiting for the load generators of an earlier run to be free again")
            waiting = True
        time.sleep(POLL_S)
