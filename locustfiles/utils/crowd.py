"""Who takes part in a run: the master tells every worker its rank, so that each has data of its own."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from locust import events
from locust.env import Environment
from locust.runners import MasterRunner, Runner, WorkerRunner


@dataclass(frozen=True, slots=True)
class Crowd:
    """One worker's part in one run."""

    run_id: str
    rank: int
    workers: int
    users: int

    def own(self, count: int) -> range:
        """The indices below `count` that belong to this worker; no other worker has them."""
        return range(self.rank, count, self.workers)


@dataclass
class Roster:
    """What this process knows of the present run, and its own share of numbered things."""

    crowd: Crowd | None = None
    _shares: dict[str, Iterator[int]] = field(default_factory=dict)

    def join(self, crowd: Crowd) -> None:
        """Take part in a new run."""
        self.crowd = crowd
        self._shares = {}

    def take(self, kind: str, count: int) -> int:
        """The next of our own indices of a kind; when all are taken, the first again."""
        assert self.crowd is not None
        own = self.crowd.own(count)
        share = self._shares.setdefault(kind, iter(own))
        taken = next(share, None)
        if taken is None:
            self._shares[kind] = share = iter(own)
            taken = next(share)
        return taken


ROSTER = Roster()


def _announce(environment: Environment, **_: Any) -> None:
    """Master: tell each worker its part, before any user is spawned."""
    runner, options = environment.runner, environment.parsed_options
    assert runner is not None
    assert options is not None
    run_id = options.run_id or time.strftime("ui-%Y%m%dT%H%M%SZ", time.gmtime())
    options.run_id = ""  # named for this run only: the next may be started in the web UI
    if not isinstance(runner, MasterRunner):
        runner.send_message("crowd", {"run_id": run_id, "rank": 0, "workers": 1, "users": runner.target_user_count})
        return
    ready = [client.id for client in runner.clients.ready]
    for rank, client_id in enumerate(ready):
        part = {"run_id": run_id, "rank": rank, "workers": len(ready), "users": runner.target_user_count}
        runner.send_message("crowd", part, client_id=client_id)


@events.init.add_listener
def _install(environment: Environment, runner: Runner | None, **_: Any) -> None:
    if runner is None:
        return
    if not isinstance(runner, MasterRunner):
        runner.register_message("crowd", lambda environment, msg: join_crowd(environment, msg.data))
    if not isinstance(runner, WorkerRunner):
        environment.events.test_start.add_listener(_announce)


JOINED: list[Any] = []


def join_crowd(environment: Environment, part: dict[str, Any]) -> None:
    """Worker: the part is known; everything that keeps state for a run starts afresh."""
    ROSTER.join(Crowd(**part))
    for listener in JOINED:
        listener(environment, ROSTER.crowd)
