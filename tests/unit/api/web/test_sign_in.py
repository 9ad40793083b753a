"""Signing in with a form, by `SignInForm` and `match_password`."""

from collections.abc import Iterator
from urllib.parse import urlencode

import bcrypt
import pytest
import requests
from fastapi import APIRouter, Request

from api.problems import ProblemError
from api.web import errors, resources
from api.web.authentication import Passwords, SignInForm, decoy_hash
from api.web.routes import MAX_BODY_BYTES, Route
from tests.unit.api.web.serving import REQUEST_TIMEOUT_S, make_settings, serving

NAME, PASSWORD = "ada@example.com", "pass & word=1"
HASHES = {NAME: bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()}

router = APIRouter(route_class=Route)


async def check(request: Request, username: str, password: str) -> dict[str, str]:
    if not await resources.match_password(request, password, HASHES.get(username)):
        raise ProblemError(errors.INVALID_CREDENTIALS)
    return {"access_token": "a token"}


@router.post("/auth/login", response_model=None)
async def login_by_form(request: Request, form: SignInForm) -> dict[str, str]:
    return await check(request, form.username, form.password)


@router.post("/auth/json", response_model=None)
async def login_by_json(request: Request, given: dict[str, str]) -> dict[str, str]:
    return await check(request, **given)


class CountedPasswords(Passwords):
    """Counts comparisons."""

    count = 0

    async def match(self, password: str, password_hash: str) -> bool:
        self.count += 1
        return await super().match(password, password_hash)


@pytest.fixture(scope="module")
def passwords() -> Iterator[CountedPasswords]:
    counted = CountedPasswords()
    yield counted
    counted.close()


@pytest.fixture(scope="module")
def url(passwords: CountedPasswords) -> Iterator[str]:
    with serving(router, passwords=passwords, decoy_hash=decoy_hash(make_settings())) as address:
        yield address


def sign_in(url: str, fields: dict[str, str]) -> tuple[int, str | None]:
    """Status, and the code of the problem."""
    answer = requests.post(f"{url}/auth/login", data=fields, timeout=REQUEST_TIMEOUT_S)
    return answer.status_code, answer.json().get("code")


def test_form_signs_in_without_grant_type(url: str) -> None:
    assert sign_in(url, {"username": NAME, "password": PASSWORD}) == (200, None)


def test_other_fields_of_form_are_ignored(url: str) -> None:
    assert sign_in(url, {"grant_type": "other", "scope": "a", "username": NAME, "password": PASSWORD}) == (200, None)


@pytest.mark.parametrize(("name", "password"), [(NAME, "wrong"), ("nobody", PASSWORD)])
def test_unknown_name_costs_as_much_as_wrong_password(
    url: str, passwords: CountedPasswords, name: str, password: str
) -> None:
    before = passwords.count
    assert sign_in(url, {"username": name, "password": password}) == (401, "invalid_credentials")
    assert passwords.count == before + 1


def test_unknown_name_has_no_password(url: str) -> None:
    # The hash that stands for an unknown name is that of the empty password, which a form cannot have.
    answer = requests.post(f"{url}/auth/json", json={"username": "nobody", "password": ""}, timeout=REQUEST_TIMEOUT_S)
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_credentials")


@pytest.mark.parametrize(
    "fields",
    [
        {"username": NAME},
        {"password": PASSWORD},
        {"username": "", "password": PASSWORD},
        {"username": NAME, "password": ""},
        {"username": "x" * 255, "password": PASSWORD},
        {"username": "a\0b", "password": PASSWORD},
        {"username": NAME, "password": "a\0b"},
    ],
)
def test_form_that_does_not_fit_is_422(url: str, fields: dict[str, str]) -> None:
    assert sign_in(url, fields) == (422, "invalid_request")


def test_json_is_not_a_form(url: str) -> None:
    answer = requests.post(
        f"{url}/auth/login", json={"username": NAME, "password": PASSWORD}, timeout=REQUEST_TIMEOUT_S
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


def test_form_that_is_too_large_is_413(url: str) -> None:
    assert sign_in(url, {"username": NAME, "password": "x" * MAX_BODY_BYTES}) == (413, "body_too_large")


def test_page_documents_the_form(url: str) -> None:
    page = requests.get(f"{url}/openapi.json", timeout=REQUEST_TIMEOUT_S).json()
    content = page["paths"]["/auth/login"]["post"]["requestBody"]["content"]
    assert content.keys() == {"application/x-www-form-urlencoded"}
    schema = page["components"]["schemas"]["SignIn"]
    assert schema["required"] == ["username", "password"]
    assert {name: field["minLength"] for name, field in schema["properties"].items()} == {"username": 1, "password": 1}


def test_form_that_cannot_be_decoded_is_422(url: str) -> None:
    body = urlencode({"username": NAME, "password": PASSWORD}) + "&%ff\xff"
    headers = {"Content-Type": "multipart/form-data"}
    answer = requests.post(f"{url}/auth/login", body.encode(), headers=headers, timeout=REQUEST_TIMEOUT_S)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
