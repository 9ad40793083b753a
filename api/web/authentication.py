"""Sign-in: access and refresh tokens with expiry, issuer and one pinned algorithm; API keys; slow password hashes."""

import asyncio
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from secrets import token_bytes
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

import bcrypt
import jwt
from fastapi import Depends, Form, Request
from fastapi.security import APIKeyHeader, HTTPBearer
from pydantic import BaseModel, Field

from api import deadline
from api.problems import INVALID_TOKEN, Problem, ProblemError
from api.web.errors import INVALID_API_KEY, NOT_AUTHENTICATED, SIGN_IN_BUSY
from api.web.settings import Settings

ALGORITHM = "HS256"
ISSUER = "stampede"
BCRYPT_LIMIT_BYTES = 72
MAX_NAME_LENGTH = 254  # of an e-mail address (RFC 5321)
NO_NUL = r"^[^\x00]*$"  # Postgres takes no NUL in a text
TokenKind: TypeAlias = Literal["access", "refresh"]
# Security schemes of the OpenAPI pages; api/web/application.py documents the optional one as the other.
BEARER, OPTIONAL_BEARER = "HTTPBearer", "OptionalHTTPBearer"


def issue_token(settings: Settings, subject: UUID, system: str, kind: TokenKind = "access") -> str:
    """A signed token for one subject of one system, valid for `jwt_ttl_minutes` or `jwt_refresh_ttl_minutes`."""
    ttl_minutes = settings.jwt_ttl_minutes if kind == "access" else settings.jwt_refresh_ttl_minutes
    now = int(time.time())
    claims = {
        "sub": str(subject),
        "iss": ISSUER,
        "aud": _audience(system, kind),
        "iat": now,
        "exp": now + ttl_minutes * 60,
    }
    return jwt.encode(claims, settings.jwt_secret.get_secret_value(), ALGORITHM)


def _audience(system: str, kind: TokenKind) -> str:
    """An audience for each kind, so that neither kind is accepted as the other (RFC 8725, section 3.12)."""
    return system if kind == "access" else f"{system}/refresh"


def read_token(settings: Settings, token: str, system: str, kind: TokenKind = "access") -> UUID:
    """The subject of a valid token of this kind.

    Raises:
        ProblemError: `invalid_token`.
    """
    try:
        subject, expires_at = _verify(settings.jwt_secret.get_secret_value(), token, _audience(system, kind))
    except (jwt.InvalidTokenError, ValueError, TypeError) as error:
        raise ProblemError(INVALID_TOKEN) from error
    if expires_at <= time.time():
        raise ProblemError(INVALID_TOKEN)
    return subject


@lru_cache(maxsize=1 << 14)
def _verify(secret: str, token: str, audience: str) -> tuple[UUID, float]:
    """Subject and expiry of a token; a signature stays right, so it is checked once, its expiry at each use."""
    claims = jwt.decode(
        token,
        secret,
        algorithms=[ALGORITHM],
        issuer=ISSUER,
        audience=audience,
        options={"require": ["exp", "iss", "sub", "aud"]},
    )
    return UUID(claims["sub"]), float(claims["exp"])


def _read_bearer(request: Request) -> UUID | None:
    """The subject of the request's access token; None without an Authorization header.

    Raises:
        ProblemError: `invalid_token`.
    """
    header = request.headers.get("authorization")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer":
        raise ProblemError(INVALID_TOKEN)
    return read_token(request.app.state.settings, token.strip(), request.app.state.key)


class SubjectBearer(HTTPBearer):
    """The signed-in subject of a request to a system's sub-application.

    A bad token is 401. A missing header is answered with `missing`: 403, as in the original of registration, unless a
    system's contract wants another.
    """

    def __init__(self, missing: Problem = NOT_AUTHENTICATED) -> None:
        super().__init__(scheme_name=BEARER, auto_error=False)
        self._missing = missing

    async def __call__(self, request: Request) -> UUID:  # type: ignore[override]  # reads what its base only splits off
        """Read the header and check the token.

        Raises:
            ProblemError: `missing` or `invalid_token`.
        """
        subject = _read_bearer(request)
        if subject is None:
            raise ProblemError(self._missing)
        return subject


class OptionalSubjectBearer(HTTPBearer):
    """The signed-in subject, or None if the request has no Authorization header; a bad token is 401 here, too."""

    async def __call__(self, request: Request) -> UUID | None:  # type: ignore[override]  # as SubjectBearer
        """Read the header, if there is one, and check the token.

        Raises:
            ProblemError: `invalid_token`.
        """
        return _read_bearer(request)


class ValidKey(APIKeyHeader):
    """Lets a request pass that has one of the API keys in its header `X-API-Key`."""

    async def __call__(self, request: Request) -> None:  # type: ignore[override]  # no endpoint needs the key itself
        """Compare with each key, in a time that does not depend on where they differ.

        Raises:
            ProblemError: `invalid_api_key`, also without the header.
        """
        given = request.headers.get(self.model.name, "").encode()
        keys = request.app.state.settings.api_keys
        # Not `any`, which would stop at the first that fits.
        if not sum(secrets.compare_digest(given, key.get_secret_value().encode()) for key in keys):
            raise ProblemError(INVALID_API_KEY)


# One dependency instead of one behind the other: each costs every request that has it.
Subject = Annotated[UUID, Depends(SubjectBearer())]
OptionalSubject = Annotated[UUID | None, Depends(OptionalSubjectBearer(scheme_name=OPTIONAL_BEARER, auto_error=False))]
ApiKey = Annotated[None, Depends(ValidKey(name="X-API-Key", scheme_name="APIKeyHeader", auto_error=False))]


class SignIn(BaseModel):
    """A sign-in as an HTML form, where an empty field is a missing one; others, such as `grant_type`, are ignored."""

    username: Annotated[str, Field(min_length=1, max_length=MAX_NAME_LENGTH, pattern=NO_NUL)]
    password: Annotated[str, Field(min_length=1, max_length=1024, pattern=NO_NUL)]


SignInForm = Annotated[SignIn, Form()]


class Passwords:
    """Compares passwords in one thread: a hash is slow on purpose and would stop every other request.

    One comparison at a time, so that sign-ins use one core at most. A sign-in that waits to its deadline is refused.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "passwords")

    async def match(self, password: str, password_hash: str) -> bool:
        """Whether the password is that of the hash.

        Raises:
            ProblemError: `sign_in_busy`, at the deadline.
        """
        given = password.encode()
        if len(given) > BCRYPT_LIMIT_BYTES:
            return False
        loop = asyncio.get_running_loop()
        async with deadline.bounded(SIGN_IN_BUSY):
            return await loop.run_in_executor(self._thread, bcrypt.checkpw, given, password_hash.encode())

    def close(self) -> None:
        """Stop the thread and cancel queued comparisons."""
        self._thread.shutdown(wait=False, cancel_futures=True)


def decoy_hash(settings: Settings) -> str:
    """A hash that no password matches, so that an unknown name takes as long as a wrong password."""
    return bcrypt.hashpw(token_bytes(32), bcrypt.gensalt(settings.password_cost)).decode()
