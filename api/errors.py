"""Problem details (RFC 9457): every refusal has a stable code, and OpenAPI lists them all."""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException

RETRY_AFTER_S = 1
PROBLEM_JSON = "application/problem+json"


class ProblemDetail(BaseModel):
    """Body of every error answer; `detail` is the field that the original API has."""

    type: str
    title: str
    status: int
    detail: str
    code: str


@dataclass(frozen=True, slots=True)
class Problem:
    """One kind of refusal: a code that clients may rely on, its status, and a default sentence."""

    code: str
    status: int
    detail: str
    retry: bool = False

    def respond(self, detail: str | None = None) -> Response:
        """The answer; `Retry-After` only where the same request may succeed later unchanged."""
        body = ProblemDetail(
            type=f"urn:stampede:problem:{self.code}",
            title=HTTPStatus(self.status).phrase,
            status=self.status,
            detail=detail or self.detail,
            code=self.code,
        )
        headers = {"Retry-After": str(RETRY_AFTER_S)} if self.retry else {}
        if self.status == HTTPStatus.UNAUTHORIZED:
            headers["WWW-Authenticate"] = "Bearer"
        return Response(body.model_dump_json(), self.status, headers, PROBLEM_JSON)


class ProblemError(Exception):
    """Raised anywhere below a route; answered as its problem."""

    def __init__(self, problem: Problem, detail: str | None = None) -> None:
        super().__init__(problem.code)
        self.problem = problem
        self.detail = detail


async def find_problem(probe: Awaitable[None]) -> Problem | None:
    """What a probe ran into, or None."""
    try:
        await probe
    except ProblemError as error:
        return error.problem
    return None


INVALID_REQUEST = Problem("invalid_request", 422, "The request does not fit its schema.")
NOT_AUTHENTICATED = Problem("not_authenticated", 403, "Send an Authorization header with a bearer token.")
INVALID_TOKEN = Problem("invalid_token", 401, "The token is malformed, expired or not ours.")
INVALID_CREDENTIALS = Problem("invalid_credentials", 401, "Unknown student number or wrong password.")
IDEMPOTENCY_KEY_REUSED = Problem("idempotency_key_reused", 422, "This Idempotency-Key was used for another request.")
DATABASE_UNAVAILABLE = Problem("database_unavailable", 503, "The database is not available; nothing was written.", True)
DATABASE_BUSY = Problem("database_busy", 503, "The database did not answer in time; nothing was written.", True)
CONFLICT = Problem("conflict", 503, "The transaction was rolled back by a conflict; nothing was written.", True)
CACHE_UNAVAILABLE = Problem("cache_unavailable", 503, "The cache is not available.", True)
OUTCOME_UNKNOWN = Problem(
    "outcome_unknown",
    500,
    "The database did not answer the commit: the write may or may not have happened. "
    "Ask again with the same Idempotency-Key to learn which.",
)
INTERNAL_ERROR = Problem(
    "internal_error", 500, "Unexpected error; whether anything was written is not known. See the target's log."
)
NOT_FOUND = Problem("not_found", 404, "No such resource.")
METHOD_NOT_ALLOWED = Problem("method_not_allowed", 405, "This resource does not know that method.")

READ_PROBLEMS = (INVALID_REQUEST, DATABASE_UNAVAILABLE, DATABASE_BUSY, INTERNAL_ERROR)
WRITE_PROBLEMS = (*READ_PROBLEMS, IDEMPOTENCY_KEY_REUSED, CONFLICT, OUTCOME_UNKNOWN)
TOKEN_PROBLEMS = (NOT_AUTHENTICATED, INVALID_TOKEN)


def responses(*problems: Problem) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI `responses` of a route: one entry per status, one example per code."""
    documented: dict[int | str, dict[str, Any]] = {}
    for problem in sorted(set(problems), key=lambda known: (known.status, known.code)):
        entry = documented.setdefault(
            problem.status,
            # Not as `model`, which FastAPI documents as application/json.
            {
                "description": "",
                "content": {PROBLEM_JSON: {"schema": ProblemDetail.model_json_schema(), "examples": {}}},
            },
        )
        entry["description"] = ", ".join(filter(None, [entry["description"], f"`{problem.code}`"]))
        entry["content"][PROBLEM_JSON]["examples"][problem.code] = {
            "value": {"code": problem.code, "status": problem.status, "detail": problem.detail}
        }
    return documented


async def _answer_problem(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)
    return error.problem.respond(error.detail)


async def _answer_invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    faults = "; ".join(f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}" for fault in error.errors())
    return INVALID_REQUEST.respond(faults)


async def _answer_http(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    known: Mapping[int, Problem] = {404: NOT_FOUND, 405: METHOD_NOT_ALLOWED}
    problem = known.get(error.status_code, INVALID_REQUEST)
    response = Problem(problem.code, error.status_code, problem.detail).respond()
    response.headers.update(error.headers or {})
    return response


async def _answer_unexpected(_request: Request, _error: Exception) -> Response:
    return INTERNAL_ERROR.respond()


def install_handlers(app: FastAPI) -> None:
    """Make every error of an application leave as a problem."""
    app.add_exception_handler(ProblemError, _answer_problem)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(Exception, _answer_unexpected)
