"""Responses of Locust's HTTP clients: whether they are complete, and how they count in the statistics."""

from typing import Any

import gevent
from locust.contrib.fasthttp import LocustBadStatusCode
from requests.exceptions import Timeout as RequestsTimeout

from stampede.crowd.facts import clean
from stampede.crowd.outcome import Outcome

TIMEOUTS = (TimeoutError, gevent.Timeout, RequestsTimeout)
# Fields of an answer that say in one word what happened.
STATUS_FIELDS = ("status", "dropped_status")
MAX_WORD = 40


def judge(response: Any, outcome: Outcome, expected: frozenset[str], asked: str, *, named: bool) -> None:
    """Report a response to Locust: as a success, or as a failure with the reason.

    The name of a success bears what was answered: `Buy [sold_out]`; where not `named`, refusals only.
    """
    with response:
        if outcome.label not in expected:
            response.failure(f"{asked}: {clean(outcome.label) if outcome.code else 'accepted'}")
            return
        if named or outcome.kind != "ok":
            response.request_meta["name"] = f"{response.request_meta['name']} [{_word(outcome)}]"
        response.success()


def mark(response: Any, word: str) -> None:
    """Keep an attempt in the statistics without counting it as an operation that failed."""
    with response:
        response.request_meta["name"] = f"{response.request_meta['name']} [{word}]"
        response.success()


def _word(outcome: Outcome) -> str:
    """ENROLLED, PENDING, or the label."""
    if isinstance(outcome.body, dict):
        for field in STATUS_FIELDS:
            word = outcome.body.get(field)
            if isinstance(word, str) and word:
                return clean(word)[:MAX_WORD]
    return clean(outcome.label)[:MAX_WORD]


def find_loss(response: Any) -> str | None:
    """Why no complete answer arrived in a response of Locust's HTTP clients; None if one did."""
    error = response.request_meta["exception"]
    if error is None or isinstance(error, LocustBadStatusCode) or getattr(error, "response", None) is not None:
        return None
    original = getattr(error, "original", None) or error
    return "timeout" if isinstance(original, TIMEOUTS) else f"no answer: {type(original).__name__}"
