"""A write is decided once per Idempotency-Key; asked again, it is answered again.

Every system keeps its decided writes in a table `events`, unique by key (`events_op_id_key`).
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Annotated, Protocol

import asyncpg
from fastapi import Header, Response
from pydantic import BaseModel

from api import errors

KEY_CONSTRAINT = "events_op_id_key"
Key = Annotated[
    str | None,
    Header(alias="Idempotency-Key", min_length=1, max_length=128, description="The same key gets the same answer."),
]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the client is told: an object, its JSON, or a refusal; `replayed` where it was told so before."""

    told: BaseModel | str | errors.Problem
    replayed: bool = False

    def respond(self, status: int = 200) -> Response:
        """As HTTP; the status is that of a granted request."""
        if isinstance(self.told, errors.Problem):
            response = self.told.respond()
        else:
            body = self.told if isinstance(self.told, str) else self.told.model_dump_json()
            response = Response(body, status, media_type="application/json")
        if self.replayed:
            response.headers["Idempotency-Replayed"] = "true"
        return response


class Keyed(Protocol):
    """A request that may bear a key."""

    @property
    def fingerprint(self) -> str | None:
        """What the key must be used for again; None without a key."""
        ...


def take_fingerprint(what: str, body: bytes) -> str:
    """What a key is used for: an action on something, and the body as it was sent."""
    return blake2b(f"{what} ".encode() + body, digest_size=16).hexdigest()


def replay(answered: str | None, told: BaseModel | str | errors.Problem, request: Keyed) -> Answer:
    """The first answer again, unless the key was first used for something else."""
    if answered != request.fingerprint:
        return Answer(errors.IDEMPOTENCY_KEY_REUSED)
    return Answer(told, replayed=True)


async def decide_once(attempt: Callable[[], Awaitable[Answer]]) -> Answer:
    """What an attempt to decide gives, and once more where the same key arrived twice at once.

    Raises:
        ProblemError: as the attempt.
    """
    try:
        return await attempt()
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name != KEY_CONSTRAINT:
            raise
        # The other one has committed, so its answer is there now.
        return await attempt()
