from collections.abc import Callable, Iterator
from typing import Annotated, Any
from uuid import UUID, uuid4

import jwt
import pytest
import requests
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from api.problems import INVALID_TOKEN, Problem, ProblemError
from api.web.authentication import ApiKey, OptionalSubject, Subject, SubjectBearer, TokenKind, issue_token, read_token
from api.web.routes import DirectRoute, Route
from tests.unit.api.web.serving import REQUEST_TIMEOUT_S, SECRET, SYSTEM, make_settings, serving

KINDS: tuple[TokenKind, ...] = ("access", "refresh")
SUBJECT = uuid4()


def read(token: str, kind: TokenKind, system: str = SYSTEM) -> UUID | Problem:
    """The subject, or why the token is refused."""
    try:
        return read_token(make_settings(), token, system, kind)
    except ProblemError as error:
        return error.problem


@pytest.mark.parametrize("kind", KINDS)
def test_token_is_accepted_as_its_own_kind_alone(kind: TokenKind) -> None:
    token = issue_token(make_settings(), SUBJECT, SYSTEM, kind)
    assert {other: read(token, other) for other in KINDS} == {
        other: SUBJECT if other == kind else INVALID_TOKEN for other in KINDS
    }


@pytest.mark.parametrize("kind", KINDS)
def test_token_of_another_system_is_refused(kind: TokenKind) -> None:
    token = issue_token(make_settings(), SUBJECT, SYSTEM, kind)
    assert read(token, kind, "other") is INVALID_TOKEN


@pytest.mark.parametrize(("kind", "lifetime_s"), [("access", 7 * 60), ("refresh", 60 * 60)])
def test_each_kind_has_its_own_lifetime(kind: TokenKind, lifetime_s: int) -> None:
    settings = make_settings(jwt_ttl_minutes=7, jwt_refresh_ttl_minutes=60)
    claims = jwt.decode(issue_token(settings, SUBJECT, SYSTEM, kind), options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == lifetime_s


@pytest.mark.parametrize("kind", KINDS)
def test_expired_token_is_refused(kind: TokenKind, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = make_settings(jwt_ttl_minutes=1, jwt_refresh_ttl_minutes=1)
    token = issue_token(settings, SUBJECT, SYSTEM, kind)
    expires_at = jwt.decode(token, options={"verify_signature": False})["exp"]
    assert read(token, kind) == SUBJECT
    monkeypatch.setattr("time.time", lambda: expires_at)
    assert read(token, kind) is INVALID_TOKEN


@pytest.mark.parametrize("kind", KINDS)
def test_token_of_another_algorithm_is_refused(kind: TokenKind) -> None:
    claims = jwt.decode(issue_token(make_settings(), SUBJECT, SYSTEM, kind), options={"verify_signature": False})
    assert read(jwt.encode(claims, SECRET, "HS384"), kind) is INVALID_TOKEN
    assert read(jwt.encode(claims, None, "none"), kind) is INVALID_TOKEN


async def required(request: Request, subject: Subject) -> Response:
    return JSONResponse(str(subject))


SIGN_IN_FIRST = Problem("sign_in_first", "unauthenticated", "Sign in first.")


async def required_with_401(
    request: Request, subject: Annotated[UUID, Depends(SubjectBearer(SIGN_IN_FIRST))]
) -> Response:
    return JSONResponse(str(subject))


async def optional(request: Request, subject: OptionalSubject) -> Response:
    return JSONResponse(subject and str(subject))


async def with_key(request: Request, key: ApiKey) -> Response:
    return JSONResponse(None)


async def with_both(request: Request, key: ApiKey, subject: OptionalSubject) -> Response:
    return JSONResponse(subject and str(subject))


KEYS = ("first-key", "second-key")
PROTECTED: dict[str, Callable[..., Any]] = {
    "/required": required,
    "/required-with-401": required_with_401,
    "/optional": optional,
    "/with-key": with_key,
    "/with-both": with_both,
}
BAD_AUTHORIZATIONS = {
    "garbage": "Bearer garbage",
    "empty": "",
    "another scheme": "Basic dGVzdDp0ZXN0",
    "refresh token": f"Bearer {issue_token(make_settings(), SUBJECT, SYSTEM, 'refresh')}",
    "another system": f"Bearer {issue_token(make_settings(), SUBJECT, 'other')}",
}
GOOD_AUTHORIZATION = f"Bearer {issue_token(make_settings(), SUBJECT, SYSTEM)}"


@pytest.fixture(scope="module", params=[Route, DirectRoute])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A system whose paths want different credentials, on each class of route in turn."""
    router = APIRouter(route_class=request.param)
    for path, endpoint in PROTECTED.items():
        router.add_api_route(path, endpoint, response_model=None)
    with serving(router, settings=make_settings(api_keys=",".join(KEYS))) as address:
        yield address


def ask(url: str, authorization: str | None = None, key: str | None = None) -> tuple[int, Any]:
    """Status and the subject, or the problem's code."""
    given = {"Authorization": authorization, "X-API-Key": key}
    headers = {name: value for name, value in given.items() if value is not None}
    answer = requests.get(url, headers=headers, timeout=REQUEST_TIMEOUT_S)
    body = answer.json()
    return answer.status_code, body["code"] if isinstance(body, dict) else body


def test_optional_bearer_may_be_missing(url: str) -> None:
    assert ask(f"{url}/optional") == (200, None)
    assert ask(f"{url}/optional", GOOD_AUTHORIZATION) == (200, str(SUBJECT))
    assert ask(f"{url}/required") == (403, "not_authenticated")


def test_system_chooses_the_answer_to_a_missing_token(url: str) -> None:
    assert ask(f"{url}/required-with-401") == (401, "sign_in_first")
    assert ask(f"{url}/required-with-401", GOOD_AUTHORIZATION) == (200, str(SUBJECT))


@pytest.mark.parametrize("what", BAD_AUTHORIZATIONS)
@pytest.mark.parametrize("path", ["/required", "/required-with-401", "/optional", "/with-both"])
def test_bad_token_is_401_where_it_is_optional_too(url: str, path: str, what: str) -> None:
    assert ask(url + path, BAD_AUTHORIZATIONS[what], KEYS[0]) == (401, "invalid_token")


@pytest.mark.parametrize("key", KEYS)
def test_each_key_is_accepted(url: str, key: str) -> None:
    assert ask(f"{url}/with-key", key=key) == (200, None)


@pytest.mark.parametrize("key", [None, "", "wrong", "first-ke", "first-key2", ",", "first-key,second-key", "schlüssel"])
@pytest.mark.parametrize("authorization", [None, GOOD_AUTHORIZATION])
@pytest.mark.parametrize("path", ["/with-key", "/with-both"])
def test_missing_or_wrong_key_is_401(url: str, path: str, authorization: str | None, key: str | None) -> None:
    assert ask(url + path, authorization, key) == (401, "invalid_api_key")


def test_key_needs_no_token_beside_it(url: str) -> None:
    assert ask(f"{url}/with-both", None, KEYS[0]) == (200, None)
    assert ask(f"{url}/with-both", GOOD_AUTHORIZATION, KEYS[0]) == (200, str(SUBJECT))


def test_no_key_is_accepted_where_none_is_set() -> None:
    router = APIRouter(route_class=Route)
    router.add_api_route("/with-key", with_key, response_model=None)
    with serving(router, settings=make_settings(api_keys=" , ")) as url:
        assert {ask(f"{url}/with-key", key=key) for key in (None, "", ",")} == {(401, "invalid_api_key")}


def test_refusal_names_the_scheme_that_is_wanted(url: str) -> None:
    schemes = {
        path: requests.get(url + path, headers={"Authorization": "no"}, timeout=REQUEST_TIMEOUT_S).headers
        for path in ("/with-key", "/optional")
    }
    assert {path: one["WWW-Authenticate"] for path, one in schemes.items()} == {
        "/with-key": "APIKey",
        "/optional": "Bearer",
    }


def test_page_says_which_credentials_are_needed(url: str) -> None:
    for _ in range(2):
        page = requests.get(f"{url}/openapi.json", timeout=REQUEST_TIMEOUT_S).json()
        assert {path: methods["get"]["security"] for path, methods in page["paths"].items()} == {
            "/required": [{"HTTPBearer": []}],
            "/required-with-401": [{"HTTPBearer": []}],
            "/optional": [{}, {"HTTPBearer": []}],
            "/with-key": [{"APIKeyHeader": []}],
            "/with-both": [{"APIKeyHeader": []}, {"APIKeyHeader": [], "HTTPBearer": []}],
        }
        assert page["components"]["securitySchemes"] == {
            "HTTPBearer": {"type": "http", "scheme": "bearer"},
            "APIKeyHeader": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
        }
