"""Faults as a plan declares them, such as `flush cache every 3s`; suite.toml has the command of each action."""

import re
from dataclasses import dataclass
from typing import Literal

from stampede.errors import StampedeError

PATTERN = re.compile(r"(?P<action>\S.*?) (?P<when>every|after) (?P<seconds>\d+)s")


@dataclass(frozen=True, slots=True)
class Fault:
    """An action that is taken once after so many seconds of load, or every so many seconds."""

    action: str
    when: Literal["every", "after"]
    seconds: int

    def __str__(self) -> str:
        return f"{self.action} {self.when} {self.seconds}s"

    def is_due(self, elapsed_s: float, done: int) -> bool:
        """Whether the next one is due after `done` earlier ones."""
        if self.when == "after":
            return done == 0 and elapsed_s >= self.seconds
        return elapsed_s >= self.seconds * (done + 1)


def parse_fault(text: str) -> Fault:
    """Parse a fault of a plan.

    Raises:
        StampedeError: it cannot be parsed.
    """
    match = PATTERN.fullmatch(text.strip())
    if match is None or match["seconds"] == "0":
        raise StampedeError(f"Cannot parse fault {text!r}: expected an action with a time, such as `restart every 3s`.")
    return Fault(match["action"], "every" if match["when"] == "every" else "after", int(match["seconds"]))
