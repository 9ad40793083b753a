"""What the routes of every system share: the parts behind them, and the ways of a read and of a write."""

import time
from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Header, Request, Response

from api.guards.contention import Contended
from api.guards.decision import decide
from api.guards.writes import A, Answer, Write
from api.problems import Problem
from api.storage.cache import Cache
from api.storage.database import Database
from api.storage.session import Query
from api.web.authentication import Passwords
from api.web.errors import respond

Key = Annotated[
    str | None,
    Header(alias="Idempotency-Key", min_length=1, max_length=128, description="The same key gets the same answer."),
]


def database(request: Request) -> Database:
    """The connections to PostgreSQL."""
    found: Database = request.app.state.database
    return found


def cache(request: Request) -> Cache:
    """What is kept in Redis for a short time."""
    found: Cache = request.app.state.cache
    return found


def passwords(request: Request) -> Passwords:
    """What compares passwords."""
    found: Passwords = request.app.state.passwords
    return found


async def match_password(request: Request, password: str, password_hash: str | None) -> bool:
    """Whether the password is that of the hash. None, for an unknown name, takes as long as a wrong password.

    Raises:
        ProblemError: `sign_in_busy`.
    """
    fits = await passwords(request).match(password, password_hash or request.app.state.decoy_hash)
    return fits and password_hash is not None


def respond_json(body: str | bytes, status: int = 200) -> Response:
    """An answer that is JSON already."""
    return Response(body, status, media_type="application/json")


async def answer_read(request: Request, query: Query, missing: Problem | None = None) -> Response:
    """The document that a statement gives.

    Raises:
        ProblemError: `missing`, where it gives no row, or the database's own problems.
    """
    return respond_json(await database(request).fetch_json(query, missing))


async def answer_cached(request: Request, name: str, query: Query, missing: Problem | None = None) -> Response:
    """As `answer_read`, kept in Redis for `CACHE_TTL_S` under a name of the system's own.

    Raises:
        ProblemError: as `answer_read`, or `cache_unavailable`.
    """

    async def load() -> bytes:
        return (await database(request).fetch_json(query, missing)).encode()

    return await respond_cached(request, f"{request.app.state.key}:{name}", load)


async def respond_cached(
    request: Request, key: str, load: Callable[[], Awaitable[bytes]], ttl_s: int | None = None
) -> Response:
    """JSON from the cache, or what `load` gives, kept for `ttl_s` seconds (`CACHE_TTL_S`); the headers tell its age.

    Stored with the time at which loading began, so every process tells the same age. Use the key for nothing else.

    Raises:
        ProblemError: `cache_unavailable`, or what `load` raises.
    """

    async def load_dated() -> bytes:
        began_at = time.time()
        return b"%.3f\n%b" % (began_at, await load())

    kept = cache(request)
    began_at, _, body = (await kept.get_or_load(key, load_dated, ttl_s)).partition(b"\n")
    response = respond_json(body)
    response.headers["Cache-Control"] = f"max-age={ttl_s or kept.ttl_s}"
    response.headers["Age"] = str(max(0, int(time.time() - float(began_at))))
    return response


async def read_write(request: Request, asked: A, key: str | None) -> Write[A]:
    """The write that a request asks for."""
    return Write(asked, key, await request.body())


async def answer_write(request: Request, contended: Contended[A], write: Write[A], status: int = 200) -> Response:
    """Decide a write, guarded by the strategy of this target; the status is that of a granted write."""
    strategy = request.app.state.strategy
    return respond_to_write(await decide(database(request), strategy, contended, write), status)


def respond_to_write(answer: Answer, status: int) -> Response:
    """The answer to a write as HTTP; the status is that of a granted write."""
    response = respond(answer.told) if isinstance(answer.told, Problem) else respond_json(answer.told, status)
    if answer.replayed:
        response.headers["Idempotency-Replayed"] = "true"
    return response
