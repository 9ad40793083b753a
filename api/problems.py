"""What can keep a request from being granted: refusals of the rules, and failures of the parts behind the target.

Nothing here knows HTTP: `api/web/errors.py` gives each kind its status code.
"""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from api import trace

Kind: TypeAlias = Literal[
    "invalid",  # and no other kind fits
    "unauthenticated",
    "forbidden",
    "missing",
    "conflict",  # with the present state
    "unprocessable",
    "too_large",
    "wrong_method",
    "unavailable",
    "unexpected",
]


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason not to grant a request: a code that clients may rely on, its kind, and a sentence.

    `retry` says that the same request may succeed later unchanged.
    """

    code: str
    kind: Kind
    detail: str
    retry: bool = False


class ProblemError(Exception):
    """Raised anywhere below a route; answered as its problem. `detail` replaces the problem's own sentence."""

    def __init__(self, problem: Problem, detail: str | None = None) -> None:
        super().__init__(problem.code)
        self.problem = problem
        self.detail = detail


DATABASE_UNAVAILABLE = Problem(
    "database_unavailable", "unavailable", "The database is not available; nothing was written.", True
)
DATABASE_BUSY = Problem(
    "database_busy", "unavailable", "The database did not answer in time; nothing was written.", True
)
CONFLICT = Problem(
    "conflict", "unavailable", "The transaction was rolled back by a conflict; nothing was written.", True
)
CACHE_UNAVAILABLE = Problem("cache_unavailable", "unavailable", "The cache is not available.", True)
OUTCOME_UNKNOWN = Problem(
    "outcome_unknown",
    "unavailable",
    "The database did not answer the commit: the write may or may not have happened. "
    "Ask again with the same Idempotency-Key to learn which.",
)
IDEMPOTENCY_KEY_REUSED = Problem(
    "idempotency_key_reused", "unprocessable", "This Idempotency-Key was used for another request."
)
INVALID_TOKEN = Problem("invalid_token", "unauthenticated", "The token is malformed, expired or not ours.")


async def find_problem(probe: Awaitable[object]) -> Problem | None:
    """What a probe ran into, or None."""
    try:
        await probe
    except ProblemError as error:
        trace.note(error)
        return error.problem
    return None
