"""The load: started, watched with its faults, and stopped."""

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from stampede.errors import StampedeError
from stampede.faults.injector import Injector
from stampede.faults.steps import find_steps
from stampede.lab.progress import Display
from stampede.load.generator import ACTIVE_STATES, Generator
from stampede.suite.fault import Injection
from stampede.suite.model import Suite
from stampede.suite.plans import Plan

STOP_BOUND_S = 40.0
INTERRUPT_BOUND_S = 20.0
START_TIMEOUT_S = 10.0
EARLY_END_S = 1.0
POLL_S = 0.5


@dataclass(frozen=True, slots=True)
class Observations:
    """Observations made while the load ran: workers that were lost, sentences on what went wrong, faults.

    `started_at`: the start of the load in unix seconds by the master's clock; faults count from it.
    """

    lost: frozenset[str]
    troubles: tuple[str, ...]
    faults: tuple[Injection, ...] = ()
    started_at: float = 0.0


def apply_load(
    suite: Suite, plan: Plan, run_id: str, generator: Generator, workers: frozenset[str], display: Display
) -> Observations:
    """Start the plan's users and watch until Locust has stopped them.

    A failure on the way stops the load and is reported as a trouble: what was sent until then is still verified.

    Raises:
        StampedeError: a fault of the plan cannot be injected here, so nothing was started.
    """
    lost: frozenset[str] = frozenset()
    injector = Injector(find_steps(suite, plan), suite.faults.timeout)
    started_at = 0.0
    try:
        offset_s, _ = generator.measure_clock()
        generator.start(plan, run_id, suite.host(plan.system), locust_options(suite, plan))
        started_at = time.time() + offset_s
        with injector.running():
            seen = _watch(plan, generator, workers, display)
        troubles = (*_describe_faults(suite, plan, injector), *_describe_troubles(plan, seen))
        return Observations(seen.lost, troubles, injector.list_injections(), started_at)
    except StampedeError as error:
        with suppress(StampedeError):
            generator.stop()
        troubles = (*_describe_faults(suite, plan, injector), str(error))
        return Observations(lost, troubles, injector.list_injections(), started_at)
    except BaseException:
        display.say("stopping the load")
        with suppress(StampedeError):  # what does not stop, the next run restarts
            generator.stop(INTERRUPT_BOUND_S)
        raise


def locust_options(suite: Suite, plan: Plan) -> dict[str, Any]:
    """The options that the locustfile gets: those of stampede.crowd, of the plan, and of the plan's world."""
    options: dict[str, Any] = {
        "reads": plan.reads,
        "resend": plan.resend,
        "keys": "true" if suite.target.takes_keys else "false",
        "only_tags": ",".join(plan.tags),
        "without_tags": ",".join(plan.exclude_tags),
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


def _watch(plan: Plan, generator: Generator, workers: frozenset[str], display: Display) -> _Seen:
    started = time.monotonic()
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
        elif begun or elapsed_s > START_TIMEOUT_S:
            ended = True
        if not ended:
            time.sleep(POLL_S)
    if not ended:
        generator.stop()
    return _Seen(frozenset(lost), most_users, elapsed_s, ended)


def _describe_faults(suite: Suite, plan: Plan, injector: Injector) -> Iterator[str]:
    yield from injector.list_troubles()
    for fault in plan.faults:
        if suite.faults.ends_generator(fault):
            yield f"the fault '{fault}' ended a load generator, and nothing tells what it had sent"


def _describe_troubles(plan: Plan, seen: _Seen) -> Iterator[str]:
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
