import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest

from locustfiles.utils.crowd import Crowd
from locustfiles.utils.exchange import OK, Write, read, visit, write
from locustfiles.utils.history import HISTORY

ORDER = Write("order", "Create Order", OK | {"sold_out"}, context={"kind": "complex"})


class Answer:
    """What Locust's session gives for one request, and what was made of it."""

    def __init__(self, status: int, content: str) -> None:
        self.status_code = status
        self.content = content.encode()
        self.request_meta: dict[str, Any] = {"exception": None}
        self.judged: str | None = None
        self.sent: dict[str, Any] = {}

    def request(self, method: str, path: str, **sent: Any) -> "Answer":
        self.sent = {"method": method, "path": path, **sent}
        self.request_meta["name"] = sent["name"]
        return self

    def get(self, path: str, **sent: Any) -> "Answer":
        return self.request("GET", path, **sent)

    def __enter__(self) -> "Answer":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def success(self) -> None:
        self.judged = "success"

    def failure(self, reason: str) -> None:
        self.judged = reason

    @property
    def name(self) -> str:
        return str(self.request_meta["name"])


@pytest.fixture(autouse=True)
def history() -> Iterator[None]:
    HISTORY.open(Crowd("run", 0, 1, 1))
    yield
    HISTORY.open(Crowd("none", 0, 1, 1))


def recorded() -> list[list[Any]]:
    text = b"".join(map(gzip.decompress, HISTORY.pieces())).decode()
    return [json.loads(line) for line in text.splitlines()]


def send(status: int, content: str, kind: Write = ORDER) -> Answer:
    answer = Answer(status, content)
    http: Any = answer
    write(http, kind, "/orders/", "product 7", args={"lines": []}, body={"quantity": 1}, headers={"X": "y"})
    return answer


@pytest.mark.parametrize(
    ("status", "content", "name", "judged"),
    [
        (201, '{"id": 1, "status": "PENDING"}', "Create Order [PENDING]", "success"),
        (200, '{"id": 1}', "Create Order [ok]", "success"),
        (200, '{"dropped_status": "RESERVED"}', "Create Order [RESERVED]", "success"),
        (409, '{"code": "sold_out"}', "Create Order [sold_out]", "success"),
        (404, '{"code": "product_not_found"}', "Create Order", "order: product_not_found"),
        (503, '{"code": "database_busy"}', "Create Order", "order: HTTP 503 database_busy"),
        (0, "", "Create Order", "order: no answer: unknown"),
    ],
)
def test_name_bears_what_was_expected_and_the_rest_is_a_failure(
    status: int, content: str, name: str, judged: str
) -> None:
    answer = send(status, content)
    assert (answer.name, answer.judged) == (name, judged)


def test_write_that_had_to_be_refused_fails_when_it_is_accepted() -> None:
    refused = Write("order", "Create Order", frozenset({"sold_out"}))
    assert send(201, '{"id": 1, "status": "PENDING"}', refused).judged == "order: accepted"


def test_write_is_recorded_under_the_key_that_it_is_sent_with() -> None:
    answer = send(201, '{"id": 1}')
    invoked, completed = recorded()
    assert answer.sent["headers"] == {"X": "y", "Idempotency-Key": invoked[1]}
    assert invoked[1] == completed[1]
    assert invoked[3:7] == ["", "order", "product 7", {"lines": []}]
    assert completed[3:6] == ["ok", 201, {"id": 1}]
    assert (answer.sent["context"], answer.sent["json"]) == ({"kind": "complex"}, {"quantity": 1})


@pytest.mark.parametrize(
    ("status", "content", "read_as", "judged"),
    [
        (200, "[1]", [1], None),
        (200, "[]", None, "no usable answer: HTTP 200"),
        (200, "<html>", None, "no usable answer: HTTP 200"),
        (503, "[1]", None, "no usable answer: HTTP 503"),
    ],
)
def test_read_gives_only_what_fits(status: int, content: str, read_as: Any, judged: str | None) -> None:
    answer = Answer(status, content)
    http: Any = answer
    assert read(http, "/", "List", bool) == read_as
    assert answer.judged == judged


@pytest.mark.parametrize(
    ("status", "content", "expected", "name", "judged"),
    [
        (200, "<html>", {"ok"}, "View", None),
        (404, '{"code": "gone"}', {"ok", "gone"}, "View [gone]", "success"),
        (404, '{"code": "gone"}', {"ok"}, "View", "View: gone"),
        (200, "{}", {"gone"}, "View", "View: accepted"),
    ],
)
def test_visit_looks_at_refusals_only(
    status: int, content: str, expected: set[str], name: str, judged: str | None
) -> None:
    answer = Answer(status, content)
    http: Any = answer
    visit(http, "/", "View", frozenset(expected))
    assert (answer.name, answer.judged) == (name, judged)
