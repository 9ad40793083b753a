"""What an answer to a write means: it happened, it was refused, or nobody knows."""

import json
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["ok", "fail", "info"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """`ok`: 2xx that parses. `fail`: 4xx, nothing happened. `info`: it may or may not have happened.

    `label` names it: the problem's code for a refusal, the status for everything unreadable.
    """

    kind: Kind
    status: int
    answer: dict[str, Any] | None
    label: str


def classify(status: int, content: bytes | None, error: object = None) -> Outcome:
    """Read an answer; `status` 0 is no answer at all."""
    answer = _parse(content)
    if 200 <= status < 300 and answer is not None:
        return Outcome("ok", status, answer, "ok")
    if 400 <= status < 500:
        code = str((answer or {}).get("code", f"HTTP {status}"))
        return Outcome("fail", status, {"code": code}, code)
    if status == 0:
        return Outcome("info", 0, None, f"no answer: {type(error).__name__ if error else 'unknown'}")
    return Outcome("info", status, None, f"HTTP {status} {(answer or {}).get('code', '')}".strip())


def _parse(content: bytes | None) -> dict[str, Any] | None:
    try:
        answer = json.loads(content or b"")
    except ValueError:
        return None
    return answer if isinstance(answer, dict) else None
