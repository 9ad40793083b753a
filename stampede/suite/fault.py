"""Faults as a plan declares them, such as `kill cache at 10s`; suite.toml has their targets and commands.

    kill TARGET …                        end it at once, as a crash does; it is started again
    restart TARGET …                     stop it in order and start it again
    pause TARGET for 3s …                freeze it, then let it go on
    terminate one backend …              end one session of the database
    latency database 5ms from 5s to 20s  add to each round trip between target and database
    ACTION …                             run the command that suite.toml declares for it

`…` is `at 10s` (also `after 10s`) or `every 2s`. Times are seconds since the start of the load.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Literal

from stampede.errors import StampedeError

Verb = Literal["kill", "restart", "pause", "terminate", "latency", "run"]
MOMENTS_SHOWN = 6
NUMBER = r"\d+(?:\.\d+)?"
TIMED = re.compile(rf"(?P<action>\S.*?) (?P<when>at|after|every) (?P<seconds>{NUMBER})s")
LATENCY = re.compile(
    rf"(?P<action>latency database) (?P<ms>{NUMBER})ms from (?P<start>{NUMBER})s to (?P<end>{NUMBER})s"
)
VERBS: tuple[tuple[Verb, re.Pattern[str]], ...] = (
    ("kill", re.compile(r"kill (?P<target>\S.*)")),
    ("restart", re.compile(r"restart (?P<target>\S.*)")),
    ("pause", re.compile(rf"pause (?P<target>\S.*?) for (?P<lasts>{NUMBER})s")),
    ("terminate", re.compile(r"terminate one (?P<target>backend)")),
)
EXAMPLES = {
    "kill": "kill cache at 10s",
    "restart": "restart cache at 10s",
    "pause": "pause cache for 3s at 8s",
    "terminate": "terminate one backend every 2s",
    "latency": "latency database 5ms from 5s to 20s",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault, parsed. `action` is its text without the times; `target` is empty for a declared command.

    It begins `start_s` into the load, and again each `start_s` where it is repeated; it lasts `lasts_s`.
    """

    text: str
    action: str
    start_s: float
    verb: Verb = "run"
    target: str = ""
    repeated: bool = False
    lasts_s: float = 0.0
    delay_ms: float = 0.0

    def __str__(self) -> str:
        return self.text

    def moments_s(self) -> Iterator[float]:
        """When it is due, in seconds into the load."""
        if not self.repeated:
            yield self.start_s
            return
        yield from (self.start_s * turn for turn in count(1))


@dataclass(frozen=True, slots=True)
class Injection:
    """A fault as it was carried out: from when until when, in seconds into the load; empty if it never was.

    `failed`: attempts that failed; a repeated fault may find its target down, after another fault.
    """

    fault: str
    spans: tuple[tuple[float, float], ...] = ()
    failed: int = 0

    @property
    def moments(self) -> str:
        """`10.0 s`, of a fault that lasted both ends, and the failed attempts; of many the number and the outermost."""
        shown = [f"{begun:.1f}" if ended - begun < 1 else f"{begun:.1f} to {ended:.1f}" for begun, ended in self.spans]
        if len(shown) > MOMENTS_SHOWN:
            shown = [f"{len(shown)} times, {shown[0]} to {shown[-1].split()[-1]}"]
        failed = f" ({self.failed} more could not be injected)" if self.failed else ""
        return (f"{', '.join(shown)} s" if shown else "never injected") + failed


def parse_fault(text: str) -> Fault:
    """Parse a fault of a plan.

    Raises:
        StampedeError: it cannot be parsed.
    """
    text = text.strip()
    if match := LATENCY.fullmatch(text):
        start_s, end_s = float(match["start"]), float(match["end"])
        if end_s <= start_s:
            raise StampedeError(f"The fault {text!r} must end after it begins, like `from 5s to 20s`.")
        return Fault(text, match["action"], start_s, "latency", "database", False, end_s - start_s, float(match["ms"]))
    match = TIMED.fullmatch(text)
    if match is None or (match["when"] == "every" and not float(match["seconds"])):
        raise StampedeError(
            f"Cannot parse fault {text!r}: expected an action with a time, such as `restart cache at 10s`, "
            "`kill cache every 3s`, `pause cache for 3s at 8s`, `terminate one backend every 2s` or "
            "`latency database 5ms from 5s to 20s`."
        )
    verb, target, lasts_s = _split(match["action"])
    return Fault(text, match["action"], float(match["seconds"]), verb, target, match["when"] == "every", lasts_s)


def how_to_write(action: str) -> str:
    """An example of the verb with which an action begins that is none; empty for any other word."""
    verb, _, rest = action.partition(" ")
    return EXAMPLES[verb].replace("cache", rest.removesuffix(" for") or "cache") if verb in EXAMPLES else ""


def _split(action: str) -> tuple[Verb, str, float]:
    """Verb, target and duration of an action; any other words are those of a declared command."""
    for verb, pattern in VERBS:
        if match := pattern.fullmatch(action):
            return verb, match["target"], float(match.groupdict().get("lasts") or 0)
    return "run", "", 0.0
