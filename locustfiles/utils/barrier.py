"""A barrier across all workers: users wait until everyone is there, then all go at once, wave after wave.

The master counts arrivals and starts each wave. It goes on to the next target when anyone saw the
present one full; otherwise the same target is raced again, by other students.
"""

from dataclasses import asdict, dataclass, field
from typing import Any

import gevent
from gevent.event import Event
from locust import events
from locust.env import Environment
from locust.exception import StopUser
from locust.rpc import Message
from locust.runners import MasterRunner, Runner, WorkerRunner

from locustfiles.utils import crowd

LOST_WORKER_POLL_S = 1.0


@dataclass(frozen=True, slots=True)
class Wave:
    """One start: which target is raced, and for the how many-th time (from 0)."""

    number: int = 0
    target: int = 0
    repetition: int = -1

    def following(self, full: bool) -> "Wave":
        """The next wave: on to the next target once this one is full."""
        if self.number == 0 or full:
            return Wave(self.number + 1, self.target + (self.number > 0), 0)
        return Wave(self.number + 1, self.target, self.repetition + 1)


class Barrier:
    """A worker's side: its members wait here; the last one to come reports the worker's arrival."""

    def __init__(self) -> None:
        self._runner: Runner | None = None
        self.reset()

    def attach(self, runner: Runner) -> None:
        """Speak through this runner from now on."""
        self._runner = runner

    def reset(self) -> None:
        """Start a new run: nobody is here."""
        self._members = 0
        self._waiting = 0
        self._wave = Wave()
        self._gate = Event()
        self._saw_full = False
        self._spawned = False
        self._stopped = False

    def join(self) -> None:
        """Count a user in, from when it is made, so that no wave starts without it."""
        self._members += 1
        if self._members == 1:
            self._send("barrier_join", {})

    def leave(self) -> None:
        """Count a user out; it may have been the one that the others waited for."""
        self._members -= 1
        if self._members == 0:
            self._send("barrier_leave", {})
        self._arrive_if_complete()

    def wait(self) -> Wave:
        """Wait for the next wave.

        Raises:
            StopUser: the run is over.
        """
        gate = self._gate
        self._waiting += 1
        self._arrive_if_complete()
        gate.wait()
        if self._stopped:
            raise StopUser
        return self._wave

    def report_full(self) -> None:
        """Say that the present target takes nobody any more."""
        self._saw_full = True

    def spawned(self, **_: Any) -> None:
        """All users of the run are there: waves may start."""
        self._spawned = True
        self._arrive_if_complete()

    def stop(self, **_: Any) -> None:
        """Let everybody go who waits."""
        self._stopped = True
        self._gate.set()

    def release(self, environment: Environment, msg: Message) -> None:
        """The master starts a wave."""
        gate, self._gate = self._gate, Event()
        self._wave = Wave(**msg.data)
        self._waiting = 0
        self._saw_full = False
        gate.set()

    def _arrive_if_complete(self) -> None:
        if self._spawned and not self._stopped and self._members and self._waiting >= self._members:
            self._send("barrier_arrive", {"wave": self._wave.number, "full": self._saw_full})

    def _send(self, kind: str, data: dict[str, Any]) -> None:
        assert self._runner is not None
        self._runner.send_message(kind, data)


@dataclass
class Starter:
    """The master's side: knows which workers race, and starts a wave when all of them have arrived."""

    runner: Runner
    wave: Wave = field(default_factory=Wave)
    racing: set[str] = field(default_factory=set)
    arrived: dict[str, bool] = field(default_factory=dict)

    def reset(self, **_: Any) -> None:
        """Start a new run."""
        self.wave, self.racing, self.arrived = Wave(), set(), {}

    def note_join(self, environment: Environment, msg: Message) -> None:
        """A worker has racers."""
        self.racing.add(msg.node_id)

    def note_leave(self, environment: Environment, msg: Message) -> None:
        """A worker has no racers any more."""
        self.racing.discard(msg.node_id)
        self.arrived.pop(msg.node_id, None)
        self.start_if_complete()

    def note_arrival(self, environment: Environment, msg: Message) -> None:
        """All racers of a worker wait."""
        if msg.data["wave"] == self.wave.number:
            self.arrived[msg.node_id] = msg.data["full"]
            self.start_if_complete()

    def start_if_complete(self) -> None:
        """Start the next wave when nobody is missing; a lost worker is not waited for."""
        racing = {client_id for client_id in self.racing if self._lives(client_id)}
        if racing and racing <= self.arrived.keys():
            self.wave = self.wave.following(any(self.arrived.values()))
            self.arrived = {}
            self.runner.send_message("barrier_release", asdict(self.wave))

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


BARRIER = Barrier()


@events.init.add_listener
def _install(environment: Environment, runner: Runner | None, **_: Any) -> None:
    if runner is None:
        return
    if not isinstance(runner, WorkerRunner):
        starter = Starter(runner)
        runner.register_message("barrier_join", starter.note_join)
        runner.register_message("barrier_leave", starter.note_leave)
        runner.register_message("barrier_arrive", starter.note_arrival)
        environment.events.test_start.add_listener(starter.reset)
        gevent.spawn(starter.watch)
    if not isinstance(runner, MasterRunner):
        BARRIER.attach(runner)
        runner.register_message("barrier_release", BARRIER.release)
        crowd.JOINED.append(lambda _environment, _crowd: BARRIER.reset())
        environment.events.spawning_complete.add_listener(BARRIER.spawned)
        environment.events.test_stopping.add_listener(BARRIER.stop)
