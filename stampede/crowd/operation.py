"""Operations: every write, and a share of the reads, recorded from before the request until its answer.

    with write(user, "buy", ["item 7"], args={"quantity": 1}) as operation:
        response = user.client.post("/buy", json={...}, headers=operation.headers)
        operation.told(response.status_code, response.content)

`operation.send(request)` does the same, sends again as the run's options say, and judges the response for Locust.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from json.encoder import encode_basestring_ascii as quote
from random import random
from time import monotonic, time
from types import TracebackType
from typing import Any, Self

import gevent
from locust import User

from stampede.crowd.facts import Seen, clean, clean_args, flatten, take_facts
from stampede.crowd.outcome import Kind, Outcome, classify, unanswered
from stampede.crowd.process import Run, find_generator
from stampede.crowd.recorder import encode
from stampede.crowd.response import find_loss, judge, mark

OK = frozenset({"ok"})
# Seconds before each further attempt while the outcome is unknown; the last one repeats.
PAUSES_S = (0.1, 0.4, 1.6)
KEY_HEADER = "Idempotency-Key"
NULL = "null"
NO_HEADERS: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Told:
    """What the record keeps of an ok answer to a write."""

    facts: Callable[[Any], Mapping[str, Any]] = take_facts
    key: str | None = None
    creates: str = ""


EVERYTHING = Told()


class Operation:
    """One write or read of one simulated user; entered once per attempt."""

    __slots__ = (
        "_client",
        "_content",
        "_needed",
        "_recorded",
        "_run",
        "_see",
        "_since",
        "_told",
        "action",
        "actor",
        "args",
        "attempt",
        "entities",
        "headers",
        "kind",
        "op_id",
        "outcome",
    )

    def __init__(self, user: User, kind: str, action: str, entities: Iterable[str], actor: str) -> None:
        self._run, self._client = take_seat(user)
        self.kind = kind
        self.action = action
        self.entities = list(entities)
        self.actor = actor
        self.args: Mapping[str, Any] | None = None
        self.attempt = 0
        self.headers = NO_HEADERS
        self.outcome: Outcome | None = None
        self._told = EVERYTHING
        self._see: Callable[[Any], Seen] | None = None
        self._content: bytes | None = None
        self._recorded = True
        self._needed = True
        self._since = 0.0
        self.op_id = ""

    def prepare_write(self, args: Mapping[str, Any] | None, told: Told) -> None:
        """Name the write: the name is its key at the target, too."""
        self.args = args
        self._told = told
        self.op_id = self._run.recorder.next_id()
        if self._run.options.keys:
            self.headers = {KEY_HEADER: self.op_id}

    def prepare_read(self, see: Callable[[Any], Seen], needed: bool) -> None:
        """Draw whether this read is recorded."""
        share = self._run.options.reads
        self._see = see
        self._needed = needed
        self._recorded = share >= 1 or (share > 0 and random() < share)  # noqa: S311  # a draw, not a secret
        if self._recorded:
            self.op_id = self._run.recorder.next_id()

    def __enter__(self) -> Self:
        """Open the next attempt: from here on it leaves a record, whatever happens."""
        self.attempt += 1
        self.outcome = None
        if self._recorded:
            self._since = time()
            self._run.recorder.open(self)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        """Close the attempt; without an answer it is unknown. That of a killed user stays open until the run's end."""
        if error is not None and not isinstance(error, Exception):
            return
        if self.outcome is None:
            self.outcome = unanswered(f"no answer: {type(error).__name__}" if error else "no answer")
        if self._recorded:
            self._close(self.outcome)

    def told(self, status: int, content: bytes | str | None) -> Outcome:
        """Note the answer: its status and its whole body."""
        content = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
        self._content = content
        if self._see is not None and not self._needed and 200 <= status < 300 and not self._must_parse(content):
            self.outcome = Outcome("ok", status)
        else:
            self.outcome = classify(status, content)
        return self.outcome

    def _must_parse(self, content: bytes | None) -> bool:
        """Parsing is the dearest part of a read: only for the record, and once per distinct content."""
        return self._recorded and not self._run.knows_answer(self._see, content or b"")

    def lose(self, reason: str) -> Outcome:
        """Note that no complete answer came."""
        self.outcome = unanswered(reason)
        return self.outcome

    def lost(self) -> str:
        """The record of this attempt, were it never answered."""
        return self._line(None, "unknown", "user ended", NULL, None)

    def _close(self, outcome: Outcome) -> None:
        until = time()
        answer: dict[str, Any] | None = None
        key = None
        code = outcome.code
        if outcome.kind == "ok":
            try:
                if self._see is not None:
                    text = self._run.encode_answer(self._see, outcome.body, self._content or b"")
                    self._run.recorder.close(self, self._line(until, "ok", None, text, None))
                    return
                answer, key = self._describe(outcome.body)
            except Exception as error:  # an answer of any shape costs only itself
                reason = f"unusable answer: {type(error).__name__}"
                answer, code = self._salvage(outcome, reason)
        text = NULL if answer is None else encode(answer)
        self._run.recorder.close(self, self._line(until, self._kind(), code and clean(code), text, key))

    def _kind(self) -> Kind:
        assert self.outcome is not None
        return self.outcome.kind

    def _salvage(self, outcome: Outcome, reason: str) -> tuple[dict[str, Any] | None, str | None]:
        """An ok answer of another shape: the write stays ok, the read is unknown; both fail in the statistics."""
        if self.kind == "write":
            self.outcome = Outcome("ok", outcome.status, reason, outcome.body)
            return flatten(take_facts(outcome.body)), None
        self.outcome = Outcome("unknown", outcome.status, reason, outcome.body)
        return None, reason

    def _describe(self, body: Any) -> tuple[dict[str, Any], str | None]:
        """The facts of an answer and what it called the new thing."""
        told = self._told
        facts = flatten(told.facts(body))
        if told.key is None:
            return facts, None
        key = clean(str(body[told.key]))
        if told.creates:
            created = f"{told.creates} {key}"
            if created not in self.entities:
                self.entities.append(created)
        return facts, key

    def _line(self, until: float | None, outcome: Kind, code: str | None, answer: str, key: str | None) -> str:
        """The record as JSON; pieced together, for that takes half the time of encoding a dict."""
        return (
            f'{{"op":{quote(self.op_id)},"n":{self.attempt},"client":{quote(self._client)},"kind":"{self.kind}",'
            f'"actor":{quote(clean(self.actor))},"action":{quote(clean(self.action))},'
            f'"entities":[{",".join([quote(clean(entity)) for entity in self.entities])}],'
            f'"args":{NULL if self.args is None else encode(clean_args(self.args))},'
            f'"key":{NULL if key is None else quote(key)},'
            f'"from":{self._since!r},"to":{NULL if until is None else repr(until)},'
            f'"outcome":"{outcome}","code":{NULL if code is None else quote(code)},"answer":{answer}}}'
        )

    def send(self, request: Callable[[Mapping[str, str]], Any], expected: frozenset[str] = OK) -> Outcome:
        """Send; again while the outcome is unknown, and again with the same key where the run resends this write.

        `request` takes the headers to send and gives a response of Locust's HTTP clients, made with
        `catch_response=True`. An outcome in `expected` is a success whose name bears it: `Buy [sold_out]`.
        """
        options = self._run.options
        patience_s = options.retry_unknown if self.kind == "read" or options.keys else 0.0
        pauses = iter(PAUSES_S)
        pause_s, started = 0.0, monotonic()
        while True:
            outcome, response = self._attempt(request)
            if outcome.kind != "unknown" or monotonic() - started >= self._run.limit_patience(patience_s):
                break
            mark(response, "retried")
            pause_s = next(pauses, pause_s)
            gevent.sleep(pause_s)
        self._run.latencies.expect(expected)
        judge(response, outcome, expected, self.action, named=self.kind == "write")
        if options.resend and self.kind == "write" and outcome.kind != "unknown" and random() < options.resend:  # noqa: S311  # a draw
            mark(self._attempt(request)[1], "resent")
        return outcome

    def _attempt(self, request: Callable[[Mapping[str, str]], Any]) -> tuple[Outcome, Any]:
        with self:
            response = request(self.headers)
            self.read_response(response)
        assert self.outcome is not None
        return self.outcome, response

    def read_response(self, response: Any) -> Outcome:
        """Note the answer in a response of Locust's HTTP clients."""
        reason = find_loss(response)
        return self.told(response.status_code, response.content) if reason is None else self.lose(reason)


def write(
    user: User,
    action: str,
    entities: Iterable[str],
    *,
    actor: str = "",
    args: Mapping[str, Any] | None = None,
    told: Told = EVERYTHING,
) -> Operation:
    """A write of a user on entities such as `item 7`; `told` says what the record keeps of its answer."""
    operation = Operation(user, "write", action, entities, actor)
    operation.prepare_write(args, told)
    return operation


def read(
    user: User,
    action: str,
    entities: Iterable[str],
    see: Callable[[Any], Seen],
    *,
    actor: str = "",
    needed: bool = True,
) -> Operation:
    """A read; `see` turns its body into entities with facts. `needed`: the caller uses the body of the outcome.

    The run's option `reads` draws which reads are recorded.
    """
    operation = Operation(user, "read", action, entities, actor)
    operation.prepare_read(see, needed)
    return operation


def take_seat(user: User) -> tuple[Run, str]:
    """The run that a user takes part in, and its name there."""
    seat: tuple[Run, str] | None = user.__dict__.get("_stampede_seat")
    if seat is None:
        run = find_generator(user.environment).wait_for_run()
        seat = user.__dict__["_stampede_seat"] = run, run.next_client()
    return seat
