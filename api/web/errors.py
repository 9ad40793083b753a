"""Problem details (RFC 9457): every refusal has a stable code, and OpenAPI lists them all."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from api import trace
from api.problems import (
    CONFLICT,
    DATABASE_BUSY,
    DATABASE_UNAVAILABLE,
    IDEMPOTENCY_KEY_REUSED,
    INVALID_TOKEN,
    OUTCOME_UNKNOWN,
    Kind,
    Problem,
    ProblemError,
)

RETRY_AFTER_S = 1
PROBLEM_JSON = "application/problem+json"


class ProblemDetail(BaseModel):
    """Body of every error answer; `detail` is the field that the original API has."""

    type: str
    title: str
    status: int
    detail: str
    code: str


STATUSES: Mapping[Kind, int] = {
    "invalid": 400,
    "unauthenticated": 401,
    "forbidden": 403,
    "missing": 404,
    "wrong_method": 405,
    "conflict": 409,
    "too_large": 413,
    "unprocessable": 422,
    "unexpected": 500,
    "unavailable": 503,
}


def respond(problem: Problem, detail: str | None = None) -> Response:
    """The answer; `Retry-After` only where the same request may succeed later unchanged."""
    status = STATUSES[problem.kind]
    body = ProblemDetail(
        type=f"urn:stampede:problem:{problem.code}",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail or problem.detail,
        code=problem.code,
    )
    headers = {"Retry-After": str(RETRY_AFTER_S)} if problem.retry else {}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "APIKey" if problem is INVALID_API_KEY else "Bearer"
    return Response(body.model_dump_json(), status, headers, PROBLEM_JSON)


INVALID_REQUEST = Problem("invalid_request", "unprocessable", "The request does not fit its schema.")
NOT_AUTHENTICATED = Problem("not_authenticated", "forbidden", "Send an Authorization header with a bearer token.")
INVALID_CREDENTIALS = Problem("invalid_credentials", "unauthenticated", "Unknown name or wrong password.")
INVALID_API_KEY = Problem("invalid_api_key", "unauthenticated", "Send a valid key in the header X-API-Key.")
SIGN_IN_BUSY = Problem("sign_in_busy", "unavailable", "Too many sign in at once; nothing was written.", True)
INTERNAL_ERROR = Problem(
    "internal_error", "unexpected", "Unexpected error; whether anything was written is not known. See the target's log."
)
NOT_FOUND = Problem("not_found", "missing", "No such resource.")
BODY_TOO_LARGE = Problem("body_too_large", "too_large", "The body is larger than any request needs.")
METHOD_NOT_ALLOWED = Problem("method_not_allowed", "wrong_method", "This resource does not know that method.")

READ_PROBLEMS = (INVALID_REQUEST, DATABASE_UNAVAILABLE, DATABASE_BUSY, INTERNAL_ERROR)
WRITE_PROBLEMS = (*READ_PROBLEMS, BODY_TOO_LARGE, IDEMPOTENCY_KEY_REUSED, CONFLICT, OUTCOME_UNKNOWN)
TOKEN_PROBLEMS = (NOT_AUTHENTICATED, INVALID_TOKEN)


def responses(*problems: Problem) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI `responses` of a route: one entry per status, one example per code."""
    documented: dict[int | str, dict[str, Any]] = {}
    for problem in sorted(set(problems), key=lambda known: (STATUSES[known.kind], known.code)):
        status = STATUSES[problem.kind]
        entry = documented.setdefault(
            status,
            # Not as `model`, which FastAPI documents as application/json.
            {
                "description": "",
                "content": {PROBLEM_JSON: {"schema": ProblemDetail.model_json_schema(), "examples": {}}},
            },
        )
        entry["description"] = ", ".join(filter(None, [entry["description"], f"`{problem.code}`"]))
        entry["content"][PROBLEM_JSON]["examples"][problem.code] = {
            "value": {"code": problem.code, "status": status, "detail": problem.detail}
        }
    return documented


async def _answer_problem(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)
    trace.note(error)
    return respond(error.problem, error.detail)


async def _answer_invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    faults = "; ".join(f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}" for fault in error.errors())
    return respond(INVALID_REQUEST, faults)


async def _answer_http(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    known: Mapping[int, Problem] = {404: NOT_FOUND, 405: METHOD_NOT_ALLOWED, 413: BODY_TOO_LARGE}
    response = respond(known.get(error.status_code, INVALID_REQUEST))  # FastAPI: 400 for a body it cannot decode
    response.headers.update(error.headers or {})
    return response


async def _answer_unexpected(_request: Request, _error: Exception) -> Response:
    return respond(INTERNAL_ERROR)


def install_handlers(app: FastAPI) -> None:
    """Make every error of an application leave as a problem."""
    app.add_exception_handler(ProblemError, _answer_problem)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(Exception, _answer_unexpected)
