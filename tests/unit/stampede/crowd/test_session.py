from typing import Any

import pytest

from tests.unit.stampede.crowd.conftest import Start, answer


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "POST", "HEAD", "OPTIONS"])
@pytest.mark.parametrize("warm", [False, True])
def test_closed_connection_is_sent_once(start: Start, method: str, warm: bool) -> None:
    crowd = start(*([answer(200, "{}")] if warm else []), None)
    if warm:
        crowd.user.client.get("/")
    response = crowd.user.client.request(method, "/", catch_response=True)
    assert response.status_code == 0
    assert len(crowd.server.requests) == 1 + warm


def test_unusual_request_is_sent_once(start: Start) -> None:
    crowd = start(None)
    crowd.user.client.request("PUT", "/", data={"form": "field"}, params={"a": "b"})
    assert len(crowd.server.requests) == 1


def test_redirect_is_not_followed(start: Start) -> None:
    crowd = start(answer(302, "", "Location: /elsewhere\r\n"))
    assert crowd.user.visit("GET", "/", "Page").code == "HTTP 302"
    assert len(crowd.server.requests) == 1


def test_cookie_is_sent_back(start: Start) -> None:
    crowd = start(answer(200, "{}", "Set-Cookie: session=s3; Path=/\r\n"))
    crowd.user.client.get("/")
    crowd.user.client.get("/")
    assert ["Cookie: session=s3" in head for head in crowd.server.requests] == [False, True]


def test_request_keeps_headers_and_body(start: Start) -> None:
    crowd = start(answer(200, "{}"))
    crowd.user.client.post("/a b?c=ü", json={"n": 1}, headers={"X-Y": "z"})
    head = crowd.server.requests[0]
    assert head.startswith("POST /a%20b?c=%C3%BC HTTP/1.1\r\n")
    for line in ("X-Y: z", "Content-Type: application/json", "Content-Length: 8", "Host: 127.0.0.1:", "User-Agent: "):
        assert f"\r\n{line}" in head


def test_header_with_a_line_break_is_refused(start: Start) -> None:
    crowd = start(answer(200, "{}"))
    with pytest.raises(ValueError, match="line break"):
        crowd.user.client.get("/", headers={"X": "a\r\nY: b"})


@pytest.mark.parametrize(
    "broken",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\nConnection: close\r\n\r\n12345",
        answer(200, b"not gzip", "Content-Encoding: gzip\r\n"),
        answer(200, b"x", "Content-Encoding: strange\r\n"),
        b"garbage\r\n\r\nConnection: close",
    ],
)
def test_half_or_unreadable_body_is_no_answer(start: Start, broken: Any) -> None:
    assert start(broken).user.visit("GET", "/", "Page").kind == "unknown"


def test_failure_status_fails_a_plain_request(start: Start) -> None:
    crowd = start(answer(500, "{}"))
    crowd.user.client.get("/")
    assert crowd.reported[0][1] is not None
