"""Faults that a plan injects into the load, such as `flush redis every 3s`."""

import re
import time
from dataclasses import dataclass
from typing import Literal

import redis

from stampede.errors import StampedeError

PATTERN = re.compile(r"flush redis (?P<when>every|after) (?P<seconds>\d+)s")
TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Fault:
    """Everything in Redis is lost, once after so many seconds of load or every so many seconds."""

    when: Literal["every", "after"]
    seconds: int

    def is_due(self, elapsed_s: float, done: int) -> bool:
        """Whether it is time for the next one, `done` having happened."""
        if self.when == "after":
            return done == 0 and elapsed_s >= self.seconds
        return elapsed_s >= self.seconds * (done + 1)


def parse_fault(text: str) -> Fault:
    """Read a fault as a plan has it.

    Raises:
        StampedeError: it does not read.
    """
    match = PATTERN.fullmatch(text)
    if match is None or match["seconds"] == "0":
        raise StampedeError(f"The fault {text!r} does not read; write it like flush redis every 3s, or after 10s.")
    return Fault("every" if match["when"] == "every" else "after", int(match["seconds"]))


class Injector:
    """Injects a plan's faults while its load goes on; `poll` is called often."""

    def __init__(self, faults: tuple[Fault, ...], redis_url: str) -> None:
        self._done = dict.fromkeys(faults, 0)
        self._redis_url = redis_url
        self._started_at: float | None = None

    def poll(self) -> None:
        """Do what is due since the first call.

        Raises:
            StampedeError: Redis did not answer, so the fault did not happen.
        """
        now = time.monotonic()
        self._started_at = self._started_at or now
        for fault, done in self._done.items():
            if fault.is_due(now - self._started_at, done):
                self._flush()
                self._done[fault] += 1

    def tell(self) -> list[str]:
        """What was to happen and never did."""
        return [
            f"the fault 'flush redis {fault.when} {fault.seconds}s' never came"
            for fault, n in self._done.items()
            if not n
        ]

    def _flush(self) -> None:
        try:
            with redis.Redis.from_url(self._redis_url, socket_timeout=TIMEOUT_S) as client:
                client.flushall()
        except redis.RedisError as error:
            raise StampedeError(f"Redis could not be flushed: {error}.") from None
