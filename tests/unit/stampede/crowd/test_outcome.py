import pytest

from stampede.crowd.outcome import classify


@pytest.mark.parametrize(
    ("status", "content", "kind", "code"),
    [
        (200, b'{"status": "ENROLLED"}', "ok", None),
        (201, b"[1]", "ok", None),
        (200, b"7", "ok", None),
        (204, b"", "ok", None),
        (204, None, "ok", None),
        (200, b"", "unknown", "HTTP 200 unreadable"),
        (200, b"<html>", "unknown", "HTTP 200 unreadable"),
        (200, b'{"a": NaN}', "unknown", "HTTP 200 unreadable"),
        (200, b'{"a": "\xff"}', "unknown", "HTTP 200 unreadable"),
        (200, b"[" * 100_000, "unknown", "HTTP 200 unreadable"),
        (409, b'{"code": "course_full", "detail": "full"}', "refused", "course_full"),
        (409, b'{"detail": "full"}', "refused", "409"),
        (429, b'{"code": 7}', "refused", "429"),
        (409, b"not json", "unknown", "HTTP 409"),
        (409, b"[1]", "unknown", "HTTP 409"),
        (408, b'{"code": "slow"}', "unknown", "HTTP 408 slow"),
        (425, b"{}", "unknown", "HTTP 425"),
        (302, b"", "unknown", "HTTP 302"),
        (405, b"{}", "unknown", "HTTP 405"),
        (503, b'{"code": "database_busy"}', "unknown", "HTTP 503 database_busy"),
        (500, None, "unknown", "HTTP 500"),
    ],
)
def test_answer_is_classified(status: int, content: bytes | None, kind: str, code: str | None) -> None:
    outcome = classify(status, content)
    assert (outcome.kind, outcome.code) == (kind, code)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 410, 412, 413, 422, 423, 429])
def test_promise_that_nothing_happened_is_a_refusal(status: int) -> None:
    assert classify(status, b"{}").kind == "refused"
