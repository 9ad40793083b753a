"""What every client does with a request: a name of its own, a judged answer, and a record of each write."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from locust.contrib.fasthttp import FastHttpSession

from locustfiles.utils.history import HISTORY
from locustfiles.utils.latency import LATENCIES
from locustfiles.utils.outcome import Outcome, classify

OK = frozenset({"ok"})
# Thresholds go by a request's method, or by this word where it does the work of many.
COMPLEX = {"kind": "complex"}


@dataclass(frozen=True, slots=True)
class Write:
    """A kind of write: what the history and the statistics call it, and the labels of its expected outcomes."""

    action: str
    name: str
    expected: frozenset[str] = OK
    method: str = "POST"
    context: dict[str, str] = field(default_factory=dict)


def write(
    http: FastHttpSession,
    kind: Write,
    path: str,
    entity: str,
    *,
    actor: str = "",
    args: dict[str, Any] | None = None,
    body: dict[str, Any] | None = None,
    headers: dict[str, str] | None = None,
) -> Outcome:
    """Send a write, recorded before and after; an expected refusal is an outcome that the name bears."""
    op_id = HISTORY.invoke(kind.action, actor, entity, args)
    with http.request(
        kind.method,
        path,
        name=kind.name,
        json=body,
        headers={**(headers or {}), "Idempotency-Key": op_id},
        context=kind.context,
        catch_response=True,
    ) as response:
        outcome = classify(response.status_code, response.content, response.request_meta["exception"])
        HISTORY.complete(op_id, outcome)
        _judge(response, outcome, kind.name, kind.expected, kind.action)
    return outcome


def read(
    http: FastHttpSession, path: str, name: str, fits: Callable[[Any], bool], context: dict[str, str] | None = None
) -> Any:
    """Fetch and parse; None, and a failure, where the answer does not fit."""
    with http.get(path, name=name, context=context or {}, catch_response=True) as response:
        try:
            answer = json.loads(response.content or b"") if response.status_code == 200 else None
        except ValueError:
            answer = None
        if not fits(answer):
            response.failure(f"no usable answer: HTTP {response.status_code}")
            return None
        return answer


def visit(
    http: FastHttpSession,
    path: str,
    name: str,
    expected: frozenset[str] = OK,
    context: dict[str, str] | None = None,
) -> None:
    """Fetch without reading, since parsing it a thousand times tells nothing new; only a refusal is looked at."""
    with http.get(path, name=name, context=context or {}, catch_response=True) as response:
        if response.status_code != 200 or "ok" not in expected:
            outcome = classify(response.status_code, response.content, response.request_meta["exception"])
            _judge(response, outcome, name, expected, name)


def _judge(response: Any, outcome: Outcome, name: str, expected: frozenset[str], asked: str) -> None:
    LATENCIES.expect(expected)
    if outcome.label in expected:
        response.request_meta["name"] = f"{name} [{tell(outcome)}]"
        response.success()
    else:
        response.failure(f"{asked}: {'accepted' if outcome.kind == 'ok' else outcome.label}")


def tell(outcome: Outcome) -> str:
    """What the client was told, in a word: ENROLLED, PENDING, or the refusal's code."""
    answer = outcome.answer or {}
    return str(answer.get("status") or answer.get("dropped_status") or outcome.label)
