"""The load: started, watched with its faults, and stopped."""

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from stampede.errors import StampedeError
from stampede.faults.injector import Injector
from stampede.lab.progress import Display
from stampede.load.generator import ACTIVE_STATES, Generator
from stampede.suite.model import Suite
from stampede.suite.plans import Plan

STOP_BOUND_S = 40.0
START_TIMEOUT_S = 10.0
EARLY_END_S = 1.0
POLL_S = 0.5


@dataclass(frozen=True, slots=True)
class Observations:
    """Observations made while the load ran: workers that were lost, and sentences on what went wrong."""

    lost: frozenset[str]
    troubles: tuple[str, ...]


def apply_load(
    suite: Suite, plan: Plan, run_id: str, generator: Generator, workers: frozenset[str], display: Display
) -> Observations:
    """Start the plan's users and watch until Locust has stopped them.

    A failure on the way stops the load and is reported as a trouble: what was sent until then is still verified.
    """
    lost: frozenset[str] = frozenset()
    try:
        generator.start(plan, run_id, suite.host(plan.system), locust_options(suite, plan))
        seen = _watch(suite, plan, generator, workers, display)
        return Observations(seen.lost, tuple(_describe_troubles(plan, seen)))
    except StampedeError as error:
        with suppress(StampedeError):
            generator.stop()
        return Observations(lost, (str(error),))
    except BaseException:
        display.say("stopping the load")
        with suppress(StampedeError):
            generator.stop()
        raise


def locust_options(suite: Suite, plan: Plan) -> dict[str, Any]:
    """The options that the locustfile gets: those of stampede.crowd, of the plan, and of the plan's world."""
    options: dict[str, Any] = {
        "reads": plan.reads,
        "resend": plan.resend,
        "keys": "true" if suite.target.takes_keys else "false",
        "think_time": "" if plan.think_time is None else f"{plan.think_time[0]}-{plan.think_time[1]}",
    }
    world = {name: plan.world[name] for name in suite.system(plan.system).locust_options if name in plan.world}
    return {**options, **world, **plan.options}


@dataclass(frozen=True, slots=True)
class _Seen:
    lost: frozenset[str]
    most_users: int
    elapsed_s: float
    ended: bool
    missed_faults: list[str]


def _watch(suite: Suite, plan: Plan, generator: Generator, workers: frozenset[str], display: Display) -> _Seen:
    started = time.monotonic()
    faults = Injector(plan.injected, suite.faults, suite.folder)
    lost: set[str] = set()
    most_users, elapsed_s = 0, 0.0
    begun = ended = False  # Locust's web API answers from a cache: at first it still shows the state before
    while not ended and (elapsed_s := time.monotonic() - started) < plan.run_time_s + STOP_BOUND_S:
        progress = generator.read_progress()
        display.show(progress, elapsed_s)
        if progress.state in ACTIVE_STATES:
            begun = True
            lost |= workers - progress.workers
            most_users = max(most_users, progress.users)
            faults.poll()
        elif begun or elapsed_s > START_TIMEOUT_S:
            ended = True
        if not ended:
            time.sleep(POLL_S)
    if not ended:
        generator.stop()
    return _Seen(frozenset(lost), most_users, elapsed_s, ended, faults.find_missed())


def _describe_troubles(plan: Plan, seen: _Seen) -> Iterator[str]:
    yield from seen.missed_faults
    for worker in sorted(seen.lost):
        yield f"load generator {worker} was lost during the run"
    if not seen.ended:
        yield f"the load did not end by itself within {STOP_BOUND_S:.0f} s after its run time"
    elif seen.elapsed_s < plan.run_time_s - EARLY_END_S:
        yield f"the load ended after {seen.elapsed_s:.0f} of {plan.run_time_s} s: it was stopped from outside"
    if seen.most_users < plan.users:
        yield (
            f"only {seen.most_users} of {plan.users} users were ever running at once: "
            "give them more time, or a higher spawn rate"
        )
