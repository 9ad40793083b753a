"""A request id on every answer, and one line of JSON on stderr for each answer that is 5xx or slow.

A line holds no path, query string, header or body, and no value that an error quotes from one.
"""

import json
import logging
import re
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from time import perf_counter
from traceback import extract_tb
from typing import Any

import psycopg
from pydantic import ValidationError
from redis.exceptions import RedisError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import deadline, trace
from api.deadline import Deadline
from api.problems import ProblemError
from api.web import errors
from api.web.metrics import route_of

LOGGER = logging.getLogger("api.requests")
HEADER = b"x-request-id"
HARMLESS = re.compile(rb"[A-Za-z0-9._-]{1,64}")
LONGEST_MESSAGE = 300
FRAMES_KEPT = 30
# The client of a younger request is not looked at, which would cost each GET a hundredth of its time.
YOUNG_S = 0.01
QUOTED = re.compile(r"(['\"]).*\1", re.DOTALL)
# Their messages tell of servers and connections. Others may quote what a client sent, or a URL with its password.
QUOTES_NOTHING = (ProblemError, OSError, RedisError)


class Client:
    """The sender of one request. ASGI reports that it has left by the message after the body.

    `has_body` says that the endpoint reads the body: until then nothing is known. No endpoint reads that of a GET.
    """

    __slots__ = ("_has_left", "_is_polled", "_kept", "_receive", "_started")

    def __init__(self, receive: Receive, *, has_body: bool) -> None:
        self._receive = receive
        self._started = perf_counter()
        self._is_polled = not has_body
        self._has_left = False
        self._kept: Message | None = None

    async def receive(self) -> Message:
        """The next message of the request."""
        kept, self._kept = self._kept, None
        message = kept or await self._receive()
        self._is_polled = not message.get("more_body", False)
        return message

    def has_left(self) -> bool:
        """Whether the client has closed the connection.

        This polls for ASGI's message: a task that awaits it would cost every request.
        """
        if self._is_polled and not self._has_left and perf_counter() - self._started > YOUNG_S:
            message = self._poll()
            if message is not None and message["type"] == "http.request":
                self._kept = message  # of a GET; an endpoint may read it all the same
                self._is_polled = not message.get("more_body", False)
                message = self._poll() if self._is_polled else None
            self._has_left = message is not None and message["type"] == "http.disconnect"
        return self._has_left

    def _poll(self) -> Message | None:
        """The next message if it has arrived."""
        asked = self._receive()
        try:
            asked.send(None)  # type: ignore[attr-defined]  # a coroutine in every server, though ASGI says awaitable
        except StopIteration as told:
            message: Message = told.value
            return message
        asked.close()  # type: ignore[attr-defined]  # likewise
        return None


class RequestLog:
    """ASGI middleware: sets `X-Request-Id` on every answer, logs answers that are 5xx or slow, sets the deadline.

    The id is the client's if it is short and harmless, else the process's random prefix and a counter.
    """

    def __init__(self, app: ASGIApp, slow_s: float, timeout_s: float) -> None:
        self._app = app
        self._timeout_s = timeout_s
        self._slow_s = slow_s
        self._process = secrets.token_hex(4)
        self._numbers = count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on. An exception ends here: it is logged, and answered with 500 if nothing was sent yet."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 0
        started = perf_counter()
        known = trace.begin()
        client = Client(receive, has_body=scope["method"] != "GET")
        deadline.begin(Deadline(self._timeout_s, client.has_left))
        request_id = self._identify(scope)

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                # A copy: what lies on purpose (api/answers/) sends one message several times.
                message = {**message, "headers": [*message["headers"], (HEADER, request_id)]}
            await send(message)

        try:
            await self._app(scope, client.receive, send_with_id)
        except Exception as error:
            known.errors.append(error)
            if not status:
                await errors.respond(errors.INTERNAL_ERROR)(scope, receive, send_with_id)
        finally:
            total_s = perf_counter() - started
            if status >= 500 or total_s >= self._slow_s:
                LOGGER.warning(_line(scope, request_id.decode(), status, total_s, known))

    def _identify(self, scope: Scope) -> bytes:
        for name, value in scope["headers"]:
            if name == HEADER and HARMLESS.fullmatch(value):
                given: bytes = value
                return given
        return b"%s-%d" % (self._process.encode(), next(self._numbers))


def _line(scope: Scope, request_id: str, status: int, total_s: float, known: trace.Trace) -> str:
    """Status 0: the target stopped before there was an answer."""
    told: dict[str, Any] = {
        "time": datetime.now(UTC).isoformat(),
        "request_id": request_id,
        "method": scope["method"],
        "route": route_of(scope),
        "status": status,
        "stages_s": {name: round(spent, 4) for name, spent in {"total": total_s, **known.stages}.items()},
    }
    if known.errors:
        told |= _describe(known.errors)
    return json.dumps(told)


def _describe(met: list[Exception]) -> dict[str, Any]:
    """The code of the answer, the cause of each error, and where an unexpected one was raised."""
    last = met[-1]
    told: dict[str, Any] = {
        "code": last.problem.code if isinstance(last, ProblemError) else errors.INTERNAL_ERROR.code,
        "cause": [_name(error) for one in met for error in _chain(one)],
    }
    if not isinstance(last, ProblemError):
        told["traceback"] = [
            f"{frame.filename}:{frame.lineno} {frame.name}" for frame in extract_tb(last.__traceback__)[-FRAMES_KEPT:]
        ]
    return told


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _name(error: BaseException) -> str:
    """Class and message, without the values that a message quotes."""
    if isinstance(error, psycopg.Error) and error.sqlstate is not None:
        # Its detail quotes rows, and the message of a data exception (class 22) quotes values.
        quotes = error.sqlstate.startswith("22")
        message = f"SQLSTATE {error.sqlstate}" + ("" if quotes else f": {error.diag.message_primary}")
    elif isinstance(error, ValidationError):
        faults = error.errors(include_input=False, include_context=False, include_url=False)
        message = "; ".join(f"{fault['loc']}: {fault['type']}" for fault in faults)
    elif isinstance(error, QUOTES_NOTHING):
        message = str(error)
    else:
        message = QUOTED.sub("…", str(error))
    return f"{type(error).__qualname__}: {message[:LONGEST_MESSAGE]}"
