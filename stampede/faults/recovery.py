"""After a run with faults: wait until the target and its database are back."""

import time
from collections.abc import Callable

from stampede.errors import StampedeError
from stampede.observe.target import TargetClient
from stampede.suite.model import Suite
from stampede.verify.database import connect

TIMEOUT_S = 60.0
POLL_S = 0.2


def await_recovery(suite: Suite) -> list[str]:
    """Wait until the database accepts connections and the target is ready; a sentence for each that does not."""
    deadline = time.monotonic() + TIMEOUT_S
    steps: list[tuple[str, Callable[[], bool]]] = [("the target", lambda: TargetClient(suite).read_health().ready)]
    if suite.database is not None:
        url = suite.database.url
        steps.insert(0, ("the database", lambda: _connects(url)))
    missing = [name for name, is_back in steps if not _await(is_back, deadline)]
    return [f"{name} was not back {TIMEOUT_S:.0f} s after a load with faults" for name in missing]


def _connects(database_url: str) -> bool:
    connect(database_url).close()
    return True


def _await(is_back: Callable[[], bool], deadline: float) -> bool:
    while not _try(is_back):
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_S)
    return True


def _try(is_back: Callable[[], bool]) -> bool:
    try:
        return is_back()
    except StampedeError:
        return False
