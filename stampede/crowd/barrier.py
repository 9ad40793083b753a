"""A barrier across all workers: users wait until all have arrived, then all go at once, wave after wave.

The master counts arrivals and starts each wave. It goes on to the next target when any user found the present one
full; otherwise the same target is raced again.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

import gevent
from gevent.event import Event
from locust.exception import StopUser
from locust.rpc import Message
from locust.runners import MasterRunner, Runner

LOST_WORKER_POLL_S = 1.0


@dataclass(frozen=True, slots=True)
class Wave:
    """One start: the index of the raced target, and how often it was raced before."""

    number: int = 0
    target: int = 0
    repetition: int = -1

    def following(self, full: bool) -> "Wave":
        """The next wave: the next target once this one is full, else the same again."""
        if self.number == 0 or full:
            return Wave(self.number + 1, self.target + (self.number > 0), 0)
        return Wave(self.number + 1, self.target, self.repetition + 1)


class Barrier:
    """The side of one load generator in one run: the last of its users to arrive reports the arrival."""

    def __init__(self, send: Callable[[str, dict[str, Any]], None]) -> None:
        self._send = send
        self._members = 0
        self._waiting = 0
        self._wave = Wave()
        self._gate = Event()
        self._saw_full = False
        self._spawned = False
        self.stopped = False

    def join(self) -> None:
        """Add a user, when it is made: no wave starts without it."""
        self._members += 1
        if self._members == 1:
            self._send("stampede_join", {})

    def leave(self) -> None:
        """Remove a user; the others may have been waiting for it alone."""
        self._members -= 1
        if self._members == 0:
            self._send("stampede_leave", {})
        self._arrive_if_complete()

    def wait(self) -> Wave:
        """Wait for the next wave.

        Raises:
            StopUser: the run is over.
        """
        gate = self._gate
        self._waiting += 1
        self._arrive_if_complete()
        try:
            gate.wait()
        except BaseException:  # a killed user waits no longer
            self._waiting -= gate is self._gate
            raise
        if self.stopped:
            raise StopUser
        return self._wave

    def report_full(self) -> None:
        """Mark the present target as full."""
        self._saw_full = True

    def spawned(self) -> None:
        """All users of the run exist: waves may start."""
        self._spawned = True
        self._arrive_if_complete()

    def stop(self) -> None:
        """Release all waiting users."""
        self.stopped = True
        self._gate.set()

    def catch_up(self, wave: Wave) -> None:
        """The master says which wave is on: a load generator may join in the midst of a race."""
        self._wave = wave
        self._arrive_if_complete()

    def release(self, wave: Wave) -> None:
        """The master starts a wave."""
        gate, self._gate = self._gate, Event()
        self._wave = wave
        self._waiting = 0
        self._saw_full = False
        gate.set()

    def _arrive_if_complete(self) -> None:
        if self._spawned and not self.stopped and self._members and self._waiting >= self._members:
            self._send("stampede_arrive", {"wave": self._wave.number, "full": self._saw_full})


@dataclass
class Starter:
    """The master's side: starts a wave when all racing load generators have arrived."""

    runner: Runner
    run_id: str = ""
    wave: Wave = field(default_factory=Wave)
    racing: set[str] = field(default_factory=set)
    arrived: dict[str, bool] = field(default_factory=dict)

    def begin(self, run_id: str) -> None:
        """Start a new run."""
        self.run_id, self.wave, self.racing, self.arrived = run_id, Wave(), set(), {}

    def note_join(self, environment: object, msg: Message) -> None:
        """A load generator has racing users."""
        if msg.data["run_id"] == self.run_id:
            self.racing.add(msg.node_id)
            self._send("stampede_wave", msg.node_id)

    def note_leave(self, environment: object, msg: Message) -> None:
        """A load generator has no racing users any more."""
        if msg.data["run_id"] == self.run_id:
            self.racing.discard(msg.node_id)
            self.arrived.pop(msg.node_id, None)
            self.start_if_complete()

    def note_arrival(self, environment: object, msg: Message) -> None:
        """All racing users of a load generator wait."""
        if msg.data["run_id"] == self.run_id and msg.data["wave"] == self.wave.number:
            self.arrived[msg.node_id] = msg.data["full"]
            self.start_if_complete()

    def start_if_complete(self) -> None:
        """Start the next wave when none is missing; a lost worker is not waited for."""
        racing = {client_id for client_id in self.racing if self._lives(client_id)}
        if racing and racing <= self.arrived.keys():
            self.wave = self.wave.following(any(self.arrived.values()))
            self.arrived = {}
            self._send("stampede_release")

    def _send(self, kind: str, client_id: str | None = None) -> None:
        self.runner.send_message(kind, {"run_id": self.run_id, "wave": asdict(self.wave)}, client_id=client_id)

    def _lives(self, client_id: str) -> bool:
        if not isinstance(self.runner, MasterRunner):
            return True
        client = self.runner.clients.get(client_id)
        return client is not None and client.state != "missing"

    def watch(self) -> None:
        """Look for lost workers, for as long as the master lives."""
        while True:
            gevent.sleep(LOST_WORKER_POLL_S)
            if self.arrived:
                self.start_if_complete()
