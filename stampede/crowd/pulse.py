"""The pulse of a load generator: it measures how late the event loop is, and closes a row of the series each second.

A loop that is late measures latencies that are its own, so their thresholds cannot be judged.
"""

import time
from collections.abc import Callable

import gevent

from stampede.crowd.latency import Latencies

PER_S = 50
MOST_MISSED = 3000  # a minute: the machine may have slept for hours


class Pulse:
    """A greenlet that wakes fifty times a second: a stall of a second then counts as fifty late beats."""

    def __init__(self, latencies: Latencies, count_users: Callable[[], int]) -> None:
        self._latencies = latencies
        self._count_users = count_users
        self._beats = 0
        self.reset(time.time())
        self._greenlet: gevent.Greenlet | None = None

    def reset(self, now: float) -> None:
        """The next beat is due at the next fiftieth of a second."""
        self._beats = int(now * PER_S)

    def start(self) -> None:
        """Begin to beat."""
        self._greenlet = gevent.spawn(self._beat_until_stopped)

    def stop(self) -> None:
        """Close the last second of the series; it may be a part of one."""
        if self._greenlet is not None:
            self._greenlet.kill(block=False)
            self._greenlet = None
            self._latencies.end_second(self._beats // PER_S, self._count_users())

    def beat(self, now: float) -> None:
        """Note by how much each beat that was due by now is late: one long stall delays many."""
        second, due = self._beats // PER_S, self._beats + 1
        self._beats = max(due, int(now * PER_S))
        for beat in range(due, self._beats + 1)[:MOST_MISSED]:
            self._latencies.note_lag(max(0.0, now - beat / PER_S))
        if self._beats // PER_S > second:
            self._latencies.end_second(second, self._count_users())

    def _beat_until_stopped(self) -> None:
        while True:
            gevent.sleep(max(0.0, (self._beats + 1) / PER_S - time.time()))
            self.beat(time.time())
