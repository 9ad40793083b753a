"""What every simulated user is, whatever the system: where it goes, how long it waits, when it takes no part."""

import os
from typing import ClassVar

from locust import FastHttpUser
from locust.env import Environment
from locust.exception import StopUser

from locustfiles.utils.crowd import ROSTER
from locustfiles.utils.options import pick_think_time_s

REQUEST_TIMEOUT_S = 10.0
TARGET_URL = os.environ.get("TARGET_URL", "http://127.0.0.1:8500")
SYSTEMS: set[str] = set()


def pick_host(given: str | None, system: str) -> str:
    """The run's host; where that names another system of the target, ours beside it; the target's where none is given.

    The web UI's form keeps the host of the last run, and Locust gives one host to the classes of all systems.
    """
    target, _, last = (given or f"{TARGET_URL}/{system}").rstrip("/").rpartition("/")
    return f"{target}/{system if last in SYSTEMS else last}"


class SystemUser(FastHttpUser):
    """A user of one system; the subclasses say which, and what the user is after."""

    abstract = True
    system: ClassVar[str]
    network_timeout = REQUEST_TIMEOUT_S
    connection_timeout = REQUEST_TIMEOUT_S
    max_retries = 0
    think_time_s: ClassVar[tuple[float, float]] = (1, 3)

    def __init_subclass__(cls) -> None:
        """Name the host in the web UI."""
        SYSTEMS.add(cls.system)
        cls.host = pick_host(None, cls.system)

    def __init__(self, environment: Environment) -> None:
        self.host = pick_host(environment.host, self.system)
        super().__init__(environment)
        self._think_time: str = getattr(environment.parsed_options, "think_time", "")

    def wait_time(self) -> float:
        """Seconds between two tasks: the run's think time, or the class's own."""
        return pick_think_time_s(self._think_time, self.think_time_s)

    def on_start(self) -> None:
        """Take part in the run.

        Raises:
            StopUser: the worker joined in mid-run, so it has nothing of its own.
        """
        if ROSTER.crowd is None:
            raise StopUser
