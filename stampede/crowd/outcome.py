"""What an answer means: it happened, it was refused, or it is unknown whether it happened."""

import json
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["ok", "refused", "unknown"]

# By these the server promises that nothing happened. 408 and 425 promise nothing.
REFUSALS = frozenset({400, 401, 403, 404, 409, 410, 412, 413, 422, 423, 429})
NO_CONTENT = 204


class UnreadableError(ValueError):
    """A body that is not JSON in UTF-8."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """`code` is None for ok, the server's code (else the status) for a refusal, and the reason for unknown."""

    kind: Kind
    status: int
    code: str | None = None
    body: Any = None

    @property
    def label(self) -> str:
        """One word for statistics: `ok`, the refusal's code, or the reason."""
        return self.code or "ok"


def _refuse_constant(name: str) -> None:
    raise UnreadableError(f"{name} is not JSON")


_decode = json.JSONDecoder(parse_constant=_refuse_constant).decode


def parse(content: bytes | str | None) -> Any:
    """Parse a body.

    Raises:
        UnreadableError: it is not JSON.
    """
    try:
        return _decode(content if isinstance(content, str) else (content or b"").decode())
    except (ValueError, RecursionError) as error:
        raise UnreadableError(type(error).__name__) from None


def classify(status: int, content: bytes | str | None) -> Outcome:
    """Read an answer that arrived in full."""
    if 200 <= status < 300:
        if status == NO_CONTENT and not content:
            return Outcome("ok", status)
        try:
            return Outcome("ok", status, None, parse(content))
        except UnreadableError:
            return Outcome("unknown", status, f"HTTP {status} unreadable")
    try:
        body = parse(content)
    except UnreadableError:
        body = None
    code = body.get("code") if isinstance(body, dict) else None
    if status in REFUSALS and isinstance(body, dict):
        return Outcome("refused", status, code if isinstance(code, str) and code else str(status), body)
    return Outcome("unknown", status, f"HTTP {status} {code}" if isinstance(code, str) else f"HTTP {status}", body)


def unanswered(reason: str) -> Outcome:
    """The outcome of a request without a complete answer."""
    return Outcome("unknown", 0, reason)
