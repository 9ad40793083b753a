import asyncio
import json
import logging
import re
from collections.abc import Callable, Coroutine
from typing import Any

import psycopg
import pytest
from fastapi import FastAPI
from psycopg.pq import DiagnosticField
from pydantic import BaseModel, ValidationError
from starlette.types import Message, Receive, Scope, Send

from api import deadline
from api.problems import DATABASE_UNAVAILABLE, ProblemError
from api.trace import Stage
from api.web import errors, logs
from api.web.logs import Client, RequestLog

ANSWER = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]}
SECRET = "hunter2"
App = Callable[[Scope, Receive, Send], Coroutine[Any, Any, None]]


async def fine(scope: Scope, receive: Receive, send: Send) -> None:
    await send(ANSWER)


def raising(error: Exception) -> App:
    """An application of ours whose one route raises."""
    app = FastAPI()
    errors.install_handlers(app)

    @app.get("/things/{thing_id}")
    async def find_thing(thing_id: str) -> None:
        raise error

    return app


def ask(app: App, *headers: tuple[bytes, bytes], slow_s: float = 10, log: RequestLog | None = None) -> dict[str, Any]:
    """Status and headers of the answer to a request whose path and query are secret."""
    sent: list[Any] = []
    path = f"/things/{SECRET}"
    scope = {"type": "http", "method": "GET", "path": path, "query_string": SECRET.encode(), "headers": list(headers)}

    async def receive() -> Any:
        return {"type": "http.request", "body": b""}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run((log or RequestLog(app, slow_s, 8))(scope, receive, send))
    ids = [value.decode() for name, value in sent[0]["headers"] if name == b"x-request-id"]
    return {"status": sent[0]["status"], "ids": ids}


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    assert SECRET not in caplog.text
    return [json.loads(record.message) for record in caplog.records if record.name == "api.requests"]


def one_line(caplog: pytest.LogCaptureFixture, error: Exception) -> dict[str, Any]:
    """The line that is logged where a route raises."""
    with caplog.at_level(logging.WARNING):
        answer = ask(raising(error))
    (line,) = lines(caplog)
    assert (line["status"], [line["request_id"]]) == (answer["status"], answer["ids"])
    return line


def test_every_answer_has_an_id_of_its_own(caplog: pytest.LogCaptureFixture) -> None:
    log = RequestLog(fine, 10, 8)
    ids = [one for _ in range(3) for one in ask(fine, log=log)["ids"]]
    assert len(set(ids)) == 3
    assert all(re.fullmatch(r"[0-9a-f]{8}-\d+", one) for one in ids)
    assert lines(caplog) == []


@pytest.mark.parametrize("given", ["a", "0a1b-C_d.9", "x" * 64])
def test_harmless_id_of_the_client_is_kept(given: str) -> None:
    assert ask(fine, (b"x-request-id", given.encode()))["ids"] == [given]


@pytest.mark.parametrize("given", [b"", b"x" * 65, b'a"b', b"a\nb", b"a b", b"\xff", b"a\n"])
def test_other_id_of_the_client_is_replaced(given: bytes) -> None:
    (request_id,) = ask(fine, (b"x-request-id", given))["ids"]
    assert request_id.encode() != given


def test_problem_is_logged_with_code_and_chain(caplog: pytest.LogCaptureFixture) -> None:
    error = ProblemError(DATABASE_UNAVAILABLE)
    error.__cause__ = ConnectionRefusedError(111, "Connection refused")
    line = one_line(caplog, error)
    assert (line["status"], line["code"], line["route"]) == (503, "database_unavailable", "/things/{thing_id}")
    assert line["cause"] == [
        "ProblemError: database_unavailable",
        "ConnectionRefusedError: [Errno 111] Connection refused",
    ]
    assert "traceback" not in line


def test_unexpected_error_is_logged_with_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    line = one_line(caplog, ZeroDivisionError("division by zero"))
    assert (line["status"], line["code"]) == (500, "internal_error")
    assert line["cause"] == ["ZeroDivisionError: division by zero"]
    assert line["traceback"][-1].endswith(" find_thing")


class Model(BaseModel):
    number: int


def invalid() -> ValidationError:
    with pytest.raises(ValidationError) as raised:
        Model.model_validate({"number": SECRET})
    return raised.value


def server_error(code: str, message: str) -> psycopg.Error:
    """An error as the server tells it; its detail quotes a row."""
    told: dict[int, bytes | None] = {
        DiagnosticField.MESSAGE_PRIMARY: message.encode(),
        DiagnosticField.MESSAGE_DETAIL: SECRET.encode(),
    }
    return psycopg.errors.lookup(code)(f"{message}\nDETAIL: {SECRET}", info=told, encoding="utf-8")


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (KeyError(SECRET), "KeyError: …"),
        (invalid(), "ValidationError: ('number',): int_parsing"),
        (
            server_error("22P02", f'invalid input syntax for type uuid: "{SECRET}"'),
            "InvalidTextRepresentation: SQLSTATE 22P02",
        ),
        (
            server_error("42P01", 'relation "things" does not exist'),
            'UndefinedTable: SQLSTATE 42P01: relation "things" does not exist',
        ),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_values_that_an_error_quotes_are_not_logged(
    caplog: pytest.LogCaptureFixture, error: Exception, cause: str
) -> None:
    assert one_line(caplog, error)["cause"] == [cause]


def test_slow_answer_is_logged_with_its_stages(caplog: pytest.LogCaptureFixture) -> None:
    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        for _ in range(2):
            with Stage("database"):
                await asyncio.sleep(0.01)
        await fine(scope, receive, send)

    ask(slow, slow_s=0.015)
    (line,) = lines(caplog)
    assert line["status"] == 200
    assert 0.02 <= line["stages_s"]["database"] <= line["stages_s"]["total"]
    assert "cause" not in line


def test_error_outside_the_applications_is_a_500(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        raise RuntimeError("a layer is broken")

    assert ask(broken)["status"] == 500
    assert lines(caplog)[0]["cause"] == ["RuntimeError: a layer is broken"]


def test_answer_that_is_sent_again_has_one_id() -> None:
    log = RequestLog(fine, 10, 8)
    assert [len(ask(fine, log=log)["ids"]) for _ in range(2)] == [1, 1]


class Line:
    """What a server receives, as ASGI tells it."""

    def __init__(self, *bodies: bytes) -> None:
        last = len(bodies) - 1
        self.messages: list[Message] = [
            {"type": "http.request", "body": body, "more_body": place < last} for place, body in enumerate(bodies)
        ]

    async def receive(self) -> Message:
        while not self.messages:
            await asyncio.sleep(0)
        return self.messages.pop(0)

    def hang_up(self) -> None:
        self.messages.append({"type": "http.disconnect"})


@pytest.fixture
def _old(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every request is old enough to look at its client."""
    monkeypatch.setattr(logs, "YOUNG_S", 0)


@pytest.mark.usefixtures("_old")
def test_client_that_hung_up_is_known_once_its_body_was_read() -> None:
    line = Line(b"x")

    async def run() -> list[bool]:
        client = Client(line.receive, has_body=True)
        before = client.has_left()
        await client.receive()
        waiting = client.has_left()
        line.hang_up()
        return [before, waiting, client.has_left()]

    assert asyncio.run(run()) == [False, False, True]


@pytest.mark.usefixtures("_old")
def test_client_of_a_read_that_hung_up_is_known() -> None:
    async def run() -> list[bool]:
        line = Line(b"")
        client = Client(line.receive, has_body=False)
        waiting = client.has_left()
        line.hang_up()
        return [waiting, client.has_left(), client.has_left()]

    assert asyncio.run(run()) == [False, True, True]


@pytest.mark.usefixtures("_old")
@pytest.mark.parametrize("bodies", [(b"",), (b"x", b"y")])
def test_body_of_a_read_is_kept_for_who_reads_it(bodies: tuple[bytes, ...]) -> None:
    async def run() -> list[bytes]:
        client = Client(Line(*bodies).receive, has_body=False)
        assert not client.has_left()
        assert not client.has_left()
        return [(await client.receive())["body"] for _ in bodies]

    assert asyncio.run(run()) == list(bodies)


def test_client_of_a_young_request_is_not_looked_at() -> None:
    async def run() -> bool:
        line = Line(b"")
        client = Client(line.receive, has_body=False)
        line.hang_up()
        return client.has_left()

    assert not asyncio.run(run())


def test_request_has_a_deadline() -> None:
    async def look(scope: Scope, receive: Receive, send: Send) -> None:
        left_s.append(deadline.current().at_s - asyncio.get_running_loop().time())
        await fine(scope, receive, send)

    left_s: list[float] = []
    ask(look)
    assert 0 < left_s[0] <= 8
