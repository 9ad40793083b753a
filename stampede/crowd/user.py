"""A simulated user whose requests are operations: sent once each, judged, recorded."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from locust import FastHttpUser
from locust.env import Environment

from stampede.crowd.facts import Seen, take_facts
from stampede.crowd.operation import OK, Told, read, take_seat, write
from stampede.crowd.outcome import Outcome, classify, unanswered
from stampede.crowd.response import find_loss, judge
from stampede.crowd.session import send_once

REQUEST_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of request: its action in the history, its name in the statistics, the labels of expected outcomes.

    Of a write's ok answer the history keeps `facts`; `key` is the field with the name of what it made, `creates` says
    of what sort that is: `order` makes the entity `order 71`.
    """

    action: str
    name: str
    expected: frozenset[str] = OK
    method: str = "POST"
    context: dict[str, str] = field(default_factory=dict)
    facts: Callable[[Any], Mapping[str, Any]] = take_facts
    key: str | None = None
    creates: str = ""

    @property
    def told(self) -> Told:
        """What the record keeps of an ok answer."""
        return Told(self.facts, self.key, self.creates)


class StampedeUser(FastHttpUser):
    """A FastHttpUser that sends no request twice unseen, follows no redirect, and waits 10 s at most."""

    abstract = True
    network_timeout = REQUEST_TIMEOUT_S
    connection_timeout = REQUEST_TIMEOUT_S
    max_retries = 0
    max_redirects = 0
    think_time_s: ClassVar[tuple[float, float]] = (1, 3)

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self.run_part, _ = take_seat(self)
        send_once(self.client)

    def wait_time(self) -> float:
        """Seconds between two tasks: the run's think time, or the class's own."""
        return self.run_part.options.draw_pause_s(self.think_time_s)

    def write(
        self,
        kind: Kind,
        path: str,
        entities: Iterable[str],
        *,
        actor: str = "",
        args: Mapping[str, Any] | None = None,
        body: Any = None,
        headers: dict[str, str] | None = None,
    ) -> Outcome:
        """Send a write and record every attempt; an expected refusal is a success whose name bears it."""
        operation = write(self, kind.action, entities, actor=actor, args=args, told=kind.told)

        def request(key: Mapping[str, str]) -> Any:
            sent = {**headers, **key} if headers else dict(key)
            return self.client.request(
                kind.method, path, kind.name, json=body, headers=sent, context=kind.context, catch_response=True
            )

        return operation.send(request, kind.expected)

    def read(
        self,
        kind: Kind,
        path: str,
        entities: Iterable[str],
        see: Callable[[Any], Seen],
        *,
        actor: str = "",
        headers: dict[str, str] | None = None,
        needed: bool = False,
    ) -> Outcome:
        """Send a read and record it if drawn; the outcome bears the body if `needed`."""
        operation = read(self, kind.action, entities, see, actor=actor, needed=needed)
        return operation.send(
            lambda _: self.client.request(
                "GET", path, kind.name, headers=headers, context=kind.context, catch_response=True
            ),
            kind.expected,
        )

    def visit(self, method: str, path: str, name: str, *, needed: bool = False, **sent: Any) -> Outcome:
        """Send a request that is no operation, such as a sign-in or a page; `needed`: its body must be JSON."""
        response = self.client.request(method, path, name, catch_response=True, **sent)
        reason = find_loss(response)
        if reason is not None:
            outcome = unanswered(reason)
        elif 200 <= response.status_code < 300 and not needed:
            outcome = Outcome("ok", response.status_code)
        else:
            outcome = classify(response.status_code, response.content)
        judge(response, outcome, OK, name, named=False)
        return outcome
