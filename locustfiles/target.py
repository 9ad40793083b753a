"""Which system of the target a user talks to."""

import os
from typing import ClassVar
from urllib.parse import urlsplit

from locust.env import Environment

from stampede.crowd import StampedeUser

TARGET_URL = os.environ.get("TARGET_URL", "http://127.0.0.1:8500")
SYSTEMS: set[str] = set()


def pick_host(given: str | None, system: str) -> str:
    """The run's host with the system's prefix; the target's if none is given.

    A host without a prefix gets it: the documents run `--host=http://localhost:8500`. The prefix of another system is
    replaced: the web UI's form keeps the host of the last run, and Locust gives one host to the classes of all systems.
    """
    host = (given or TARGET_URL).rstrip("/")
    known = urlsplit(host).path.rpartition("/")[2] in SYSTEMS  # a machine may have a system's name
    return f"{host.rpartition('/')[0] if known else host}/{system}"


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
