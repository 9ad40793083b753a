"""The offset of a worker's clock to the master's, measured over Locust's channel as NTP does."""

from collections.abc import Callable
from dataclasses import dataclass, field

import gevent
from gevent.event import Event

PINGS = 10
PING_PAUSE_S = 0.02
PONG_TIMEOUT_S = 2.0


@dataclass(frozen=True, slots=True)
class Offset:
    """Master time = worker time + offset_s, give or take error_s."""

    offset_s: float
    error_s: float

    def joined(self, other: "Offset") -> "Offset":
        """The narrowest interval that holds both measurements: the clocks may have drifted in between."""
        low = min(self.offset_s - self.error_s, other.offset_s - other.error_s)
        high = max(self.offset_s + self.error_s, other.offset_s + other.error_s)
        return Offset((low + high) / 2, (high - low) / 2)


def measure_offset(sent: float, answered: float, received: float) -> Offset:
    """The offset by one ping: the master answered somewhere between sending and receiving."""
    return Offset(answered - (sent + received) / 2, max(0.0, (received - sent) / 2))


@dataclass
class Clock:
    """Measures the offset of one worker during one run."""

    send: Callable[[float], None]
    now: Callable[[], float]
    offset: Offset | None = None
    _best: Offset | None = None
    _pong: Event = field(default_factory=Event)

    def measure(self) -> None:
        """Send pings, keep the one with the shortest round trip, and join it with earlier measurements."""
        self._best = None
        for _ in range(PINGS):
            self._pong.clear()
            self.send(self.now())
            if not self._pong.wait(PONG_TIMEOUT_S):
                break
            gevent.sleep(PING_PAUSE_S)
        if self._best is not None:
            self.offset = self._best if self.offset is None else self.offset.joined(self._best)

    def note_pong(self, sent: float, answered: float) -> None:
        """The master answered a ping."""
        measured = measure_offset(sent, answered, self.now())
        if self._best is None or measured.error_s < self._best.error_s:
            self._best = measured
        self._pong.set()
