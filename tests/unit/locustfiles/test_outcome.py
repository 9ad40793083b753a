import pytest

from locustfiles.utils.outcome import classify


@pytest.mark.parametrize(
    ("status", "content", "kind", "label"),
    [
        (200, b'{"status": "ENROLLED"}', "ok", "ok"),
        (409, b'{"code": "course_full", "detail": "full"}', "fail", "course_full"),
        (409, b"not json", "fail", "HTTP 409"),
        (200, b"<html>", "info", "HTTP 200"),
        (200, b"[1]", "info", "HTTP 200"),
        (503, b'{"code": "database_busy"}', "info", "HTTP 503 database_busy"),
        (500, None, "info", "HTTP 500"),
        (0, None, "info", "no answer: TimeoutError"),
    ],
)
def test_answer_is_classified(status: int, content: bytes | None, kind: str, label: str) -> None:
    outcome = classify(status, content, TimeoutError())
    assert (outcome.kind, outcome.label) == (kind, label)
