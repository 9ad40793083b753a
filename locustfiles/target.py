"""Which system of the target a user talks to."""

import os
from typing import ClassVar

from locust.env import Environment

from stampede.crowd import StampedeUser

TARGET_URL = os.environ.get("TARGET_URL", "http://127.0.0.1:8500")
SYSTEMS: set[str] = set()


def pick_host(given: str | None, system: str) -> str:
    """The run's host; if it names another system of the target, ours beside it; the target's if none is given.

    The web UI's form keeps the host of the last run, and Locust gives one host to the classes of all systems.
    """
    target, _, last = (given or f"{TARGET_URL}/{system}").rstrip("/").rpartition("/")
    return f"{target}/{system if last in SYSTEMS else last}"


class SystemUser(StampedeUser):
    """A user of one system; subclasses name it."""

    abstract = True
    system: ClassVar[str]

    def __init_subclass__(cls) -> None:
        """Name the host in the web UI."""
        super().__init_subclass__()
        SYSTEMS.add(cls.system)
        cls.host = pick_host(None, cls.system)

    def __init__(self, environment: Environment) -> None:
        self.host = pick_host(environment.host, self.system)
        super().__init__(environment)
