"""Frees the load generators from what an earlier run left: a load without a referee, or workers that do not end.

A stop that arrives while users are being spawned can leave Locust's workers running for ever, a killed referee leaves
its whole load behind, and a restarted master does not know the workers of the one before.
"""

import time
from collections.abc import Callable
from contextlib import suppress

from stampede.errors import StampedeError
from stampede.lab.collect import await_rest
from stampede.lab.progress import Display
from stampede.load.generator import Condition, Generator
from stampede.suite.model import Suite

WEB_RUN = "ui-"  # how stampede.crowd names the runs that were started in the web UI
STOP_TIMEOUT_S = 20.0
# A worker is ready when its users have stopped, for which it waits 12 s at most.
READY_TIMEOUT_S = 30.0
# A worker that a restarted master does not know ends after 20 s and is started again.
CONNECT_TIMEOUT_S = 45.0
POLL_S = 0.5


def free_workers(suite: Suite, generator: Generator, display: Display) -> frozenset[str]:
    """The ids of the workers, once all of them are connected and idle.

    Only a caller that holds the lab alone (`hold_lab`) may stop the load of another run.

    Raises:
        StampedeError: a run of the web UI is going on, or the workers are not free in time.
    """
    wanted = suite.settings.workers
    found = generator.read_condition()
    if found.is_active and found.run_id.startswith(WEB_RUN):
        raise StampedeError(f"Another run is going on ({found.state}): wait for its end or stop it at {generator.url}.")
    if found.is_busy:
        _end_earlier_run(generator, found, display)
        await_rest(suite)  # a write in flight must not reach the new world
    last = _await(generator, CONNECT_TIMEOUT_S, lambda now: not now.is_busy and len(now.idle) >= wanted)
    if last.is_busy or len(last.idle) < wanted:
        raise StampedeError(
            f"Only {len(last.idle)} of {wanted} load generators are connected to {generator.url} and idle "
            f"(state {last.state}): start what is missing, or set WORKERS to what there is."
        )
    return last.idle


def _end_earlier_run(generator: Generator, found: Condition, display: Display) -> None:
    if found.is_active:
        display.say(f"stopping the load that {found.run_id or 'an earlier run'} left")
        with suppress(StampedeError):  # what does not stop is restarted
            generator.stop(STOP_TIMEOUT_S)
    else:
        display.say("waiting for the load generators of an earlier run to be free again")
    if _await(generator, READY_TIMEOUT_S, lambda now: not now.is_busy).is_busy:
        display.say("restarting the load generators, which an earlier run left busy")
        generator.restart()
        time.sleep(POLL_S)


def _await(generator: Generator, timeout_s: float, holds: Callable[[Condition], bool]) -> Condition:
    """The condition that holds, or the last one; a master that is being started does not answer."""
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            last = generator.read_condition()
        except StampedeError:
            if time.monotonic() > deadline:
                raise
        else:
            if holds(last) or time.monotonic() > deadline:
                return last
        time.sleep(POLL_S)
