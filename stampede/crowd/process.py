"""The load generator: what one Locust process records of the run it takes part in."""

import logging
import re
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from typing import Any

import gevent
from gevent.event import Event
from gevent.lock import BoundedSemaphore
from locust import User
from locust.env import Environment
from locust.rpc import Message
from locust.runners import Runner, WorkerRunner

from stampede.crowd.barrier import Barrier, Wave
from stampede.crowd.clock import Clock, Offset
from stampede.crowd.departures import follow_users
from stampede.crowd.facts import Seen
from stampede.crowd.latency import Latencies
from stampede.crowd.options import Options
from stampede.crowd.phases import Phase, read_phase
from stampede.crowd.pulse import Pulse
from stampede.crowd.recorder import Recorder, encode
from stampede.crowd.roster import Part, Roster, read_part
from stampede.crowd.tags import TagFilter

log = logging.getLogger(__name__)

PART_TIMEOUT_S = 20.0
POLL_S = 0.05
LAST_RETRY_S = 5.0
# Answers to a thousand readers of one list are the same bytes: they are turned into facts once.
CACHED_ANSWERS = 32
CACHED_BYTES = range(2048, 1 << 18)


class Run:
    """The part of this load generator in one run."""

    def __init__(self, part: Part, options: Options, runner: Runner) -> None:
        self.part = part
        self.options = options
        self._runner = runner
        self.roster = Roster(part)
        # The run's name ends up in a header.
        self.prefix = f"{re.sub(r'[^A-Za-z0-9._:-]', '-', part.run_id)}.{part.rank}"
        self.recorder = Recorder(self.prefix)
        self.latencies = Latencies()
        self.latencies.expect(("retried", "resent"))
        self.pulse = Pulse(self.latencies, lambda: runner.user_count)
        self.barrier = Barrier(self.send)
        self.clock = Clock(lambda sent: self.send("stampede_ping", {"sent": sent}), time.time)
        self.finished = False
        self.departures: Counter[str] = Counter()
        self._clients = 0
        self._shared: dict[str, Any] = {}
        self._turn = BoundedSemaphore()
        self._answers: OrderedDict[tuple[Any, bytes], str] = OrderedDict()

    def send(self, kind: str, data: dict[str, Any]) -> None:
        """Send a message of this run to the master."""
        self._runner.send_message(kind, {"run_id": self.part.run_id, **data})

    def limit_patience(self, seconds: float) -> float:
        """How long unknown outcomes are sent again: less once the run ends, or Locust would kill the user in it."""
        return min(seconds, LAST_RETRY_S) if self.barrier.stopped else seconds

    def next_client(self) -> str:
        """The name of one more simulated user."""
        self._clients += 1
        return f"{self.part.rank}.{self._clients}"

    def share(self, key: str, read: Callable[[], Any]) -> Any:
        """What all users of this process need: the first one reads it, the others wait; empty is read again."""
        with self._turn:
            if not self._shared.get(key):
                self._shared[key] = read()
            return self._shared[key]

    def knows_answer(self, see: Callable[[Any], Seen] | None, content: bytes) -> bool:
        """Whether the same content was encoded before."""
        return (see, content) in self._answers

    def encode_answer(self, see: Callable[[Any], Seen], body: Any, content: bytes) -> str:
        """A read's answer as JSON text; made once per distinct content."""
        key = see, content
        text = self._answers.get(key)
        if text is None:
            text = encode(see(body).record())
            if len(content) in CACHED_BYTES:
                self._answers[key] = text
                if len(self._answers) > CACHED_ANSWERS:
                    self._answers.popitem(last=False)
        return text

    def report(self, pieces: int) -> dict[str, Any]:
        """All figures of this load generator, once its history was sent."""
        local = Offset(0.0, 0.0) if not isinstance(self._runner, WorkerRunner) else None
        offset = local or self.clock.offset
        return {
            "rank": self.part.rank,
            "workers": self.part.workers,
            "users": self.part.users,
            "pieces": pieces,
            "operations": self.recorder.written,
            "damage": self.recorder.damage,
            "departures": self.departures,
            "offset_s": offset.offset_s if offset else None,
            "error_s": offset.error_s if offset else None,
            **self.latencies.report(),
        }


class LoadGenerator:
    """One per process that runs users; a run starts when the master says so and finishes when its users stopped."""

    def __init__(self, environment: Environment, runner: Runner) -> None:
        self.run: Run | None = None
        self._runner = runner
        self._joined = Event()
        self._spawned = False
        self._stopping = False
        follow_users(runner, self._note_departure)
        self._tags = TagFilter(environment)
        runner.register_message("stampede_part", self._note_part)
        runner.register_message("stampede_end", self._end)
        runner.register_message("stampede_pong", self._note_pong)
        runner.register_message("stampede_release", self._release)
        runner.register_message("stampede_wave", self._catch_up)
        runner.register_message("stampede_phase", self._note_phase)
        events = environment.events
        events.request.add_listener(self._note)
        events.test_start.add_listener(self._note_start)
        events.spawning_complete.add_listener(self._note_spawned)
        events.test_stopping.add_listener(self._note_stopping)
        events.test_stop.add_listener(lambda **_: self.finish())
        self._say_hello()

    def start(self, part: Part, options: Options) -> None:
        """Take part in a run; told twice, nothing changes."""
        if self.run is not None and (self.run.part.run_id, self.run.part.rank) == (part.run_id, part.rank):
            return
        if self.run is not None and not self.run.finished:
            self.finish()
        self._tags.choose(options.tags, options.exclude_tags)
        self.run = Run(part, options, self._runner)
        self.run.pulse.start()
        self._joined.set()
        if self._spawned:  # a late part: the users were there before it
            self.run.barrier.spawned()
        if isinstance(self._runner, WorkerRunner):
            gevent.spawn(self.run.clock.measure)

    def finish(self) -> None:
        """Hand the run over to the master, in a greenlet: this process must go on reading messages."""
        run = self.run
        if run is None or run.finished:
            return
        run.finished = True
        self._spawned = False
        run.barrier.stop()
        run.pulse.stop()
        run.latencies.close()
        run.recorder.finish()
        if isinstance(self._runner, WorkerRunner):
            gevent.spawn(self._hand_over, run)
        else:
            self._hand_over(run)

    def wait_for_run(self) -> Run:
        """The present run; a worker that joins late may get its users before its part.

        Raises:
            RuntimeError: the master said nothing.
        """
        run = self.run
        if run is not None and not run.finished:
            return run
        with gevent.Timeout(PART_TIMEOUT_S, RuntimeError("the Locust master gave this worker no part in the run")):
            while self.run is None or self.run.finished:
                self._say_hello()
                self._joined.clear()
                self._joined.wait(1.0)
        assert self.run is not None
        return self.run

    def _hand_over(self, run: Run) -> None:
        try:
            if isinstance(self._runner, WorkerRunner):
                run.clock.measure()
            pieces = 0
            for piece in run.recorder.pieces():
                run.send("stampede_piece", {"piece": piece})
                pieces += 1
                gevent.sleep(0)
            run.send("stampede_report", run.report(pieces))
            run.recorder.close_file()
        except Exception:
            log.exception("The history of run %s was not handed over", run.part.run_id)

    def _say_hello(self) -> None:
        """Ask the master for a part; a worker that connects in mid-run gets none unasked."""
        if isinstance(self._runner, WorkerRunner) and (self.run is None or self.run.finished):
            self._runner.send_message("stampede_hello", {})

    def _note_start(self, **_: Any) -> None:
        self._spawned = self._stopping = False
        self._say_hello()

    def _note_spawned(self, **_: Any) -> None:
        self._spawned = True
        if self.run is not None:
            self.run.barrier.spawned()

    def _note_departure(self, user: User) -> None:
        if self.run is not None and not self._stopping:
            self.run.departures[type(user).__name__] += 1

    def _note_stopping(self, **_: Any) -> None:
        self._stopping = True
        if self.run is not None:
            self.run.latencies.enter(Phase("tail", self.run.latencies.phase.stage))
            self.run.barrier.stop()

    def _of(self, msg: Message) -> Run | None:
        run = self.run
        return run if run is not None and run.part.run_id == msg.data["run_id"] else None

    def _end(self, environment: Environment, msg: Message) -> None:
        if self._of(msg) is not None:
            gevent.spawn(self._finish_when_idle)

    def _finish_when_idle(self) -> None:
        run = self.run
        while self._runner.user_count and self.run is run:
            gevent.sleep(POLL_S)
        if self.run is run:
            self.finish()

    def _note_part(self, environment: Environment, msg: Message) -> None:
        self.start(read_part(msg.data), Options.receive(msg.data["options"]))
        self._note_phase(environment, msg)  # a late load generator joins in the midst of a phase

    def _note_phase(self, environment: Environment, msg: Message) -> None:
        if run := self._of(msg):
            run.latencies.enter(read_phase(msg.data))

    def _note_pong(self, environment: Environment, msg: Message) -> None:
        if run := self._of(msg):
            run.clock.note_pong(msg.data["sent"], msg.data["answered"])

    def _release(self, environment: Environment, msg: Message) -> None:
        if run := self._of(msg):
            run.barrier.release(Wave(**msg.data["wave"]))

    def _catch_up(self, environment: Environment, msg: Message) -> None:
        if run := self._of(msg):
            run.barrier.catch_up(Wave(**msg.data["wave"]))

    def _note(
        self,
        request_type: str,
        name: str,
        response_time: float,
        exception: Exception | None,
        start_time: float,
        context: Any = None,
        response: Any = None,
        response_length: int = 0,
        **_: Any,
    ) -> None:
        if self.run is not None:
            self.run.latencies.note(
                request_type, name, response_time, exception, start_time, context, response, response_length
            )


def find_generator(environment: Environment) -> LoadGenerator:
    """The load generator of this process.

    Raises:
        RuntimeError: stampede.crowd was imported after Locust had started, or in a master.
    """
    generator = getattr(environment, "stampede", None)
    if not isinstance(generator, LoadGenerator):
        raise RuntimeError("no load generator here: `import stampede.crowd` at the top of the locustfile")  # noqa: TRY004
    return generator
