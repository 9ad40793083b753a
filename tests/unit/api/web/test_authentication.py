from uuid import UUID, uuid4

import jwt
import pytest

from api.problems import INVALID_TOKEN, Problem, ProblemError
from api.web.authentication import TokenKind, issue_token, read_token
from api.web.settings import Settings

SECRET = "a secret that is long enough for every algorithm"
SYSTEM = "shop"
KINDS: tuple[TokenKind, ...] = ("access", "refresh")
SUBJECT = uuid4()


def make_settings(**changes: object) -> Settings:
    given = {"database_url": "postgresql://", "redis_url": "redis://", "jwt_secret": SECRET, **changes}
    return Settings.model_validate(given)


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
