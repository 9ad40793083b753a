from itertools import chain
from typing import Any

import pytest
import requests

from api import errors
from api.errors import Problem
from api.main import SYSTEMS
from api.registration import rules
from tests.conftest import Lab
from tests.integration.api.conftest import REQUEST_TIMEOUT_S

ANY_ROUTE = {"invalid_request", "database_unavailable", "database_busy", "internal_error"}
TOKEN = {"not_authenticated", "invalid_token"}
WRITE = {"idempotency_key_reused", "conflict", "outcome_unknown", "course_not_found", "registration_closed"}
CODES = {
    ("post", "/auth/login"): ANY_ROUTE | {"invalid_credentials"},
    ("get", "/semesters/"): ANY_ROUTE,
    ("get", "/semesters/{semester_id}/courses"): ANY_ROUTE | {"semester_not_found", "cache_unavailable"},
    ("get", "/courses/{course_id}"): ANY_ROUTE | {"course_not_found"},
    ("get", "/semesters/{semester_id}/my-courses"): ANY_ROUTE | TOKEN | {"semester_not_found"},
    ("post", "/courses/{course_id}/register"): ANY_ROUTE | TOKEN | WRITE | {"already_registered", "course_full"},
    ("post", "/courses/{course_id}/drop"): ANY_ROUTE | TOKEN | WRITE | {"not_registered"},
}
# Told of an address that no route serves, so no route can list them.
OUTSIDE_ROUTES = {"not_found", "method_not_allowed"}


each_operation = pytest.mark.parametrize(("method", "path"), CODES, ids=[" ".join(one) for one in CODES])


@pytest.fixture(scope="module")
def page(lab: Lab) -> dict[str, Any]:
    answer = requests.get(f"{lab.api_url}/registration/openapi.json", timeout=REQUEST_TIMEOUT_S)
    page: dict[str, Any] = answer.json()
    return page


def documented(operation: dict[str, Any]) -> dict[str, int]:
    return {
        code: int(status)
        for status, response in operation["responses"].items()
        for code in response["content"].get("application/problem+json", {}).get("examples", {})
    }


def test_page_has_exactly_the_contracts_operations(page: dict[str, Any]) -> None:
    assert {(method, path) for path, methods in page["paths"].items() for method in methods} == set(CODES)


@each_operation
def test_operation_lists_every_code_it_can_answer(page: dict[str, Any], method: str, path: str) -> None:
    assert set(documented(page["paths"][path][method])) == CODES[method, path]


def test_every_defined_code_is_documented_with_its_status(page: dict[str, Any]) -> None:
    told: dict[str, int] = {}
    for methods in page["paths"].values():
        for operation in methods.values():
            told |= documented(operation)
    defined = chain(vars(errors).values(), vars(rules).values())
    statuses = {known.code: known.status for known in defined if isinstance(known, Problem)}
    assert told == {code: status for code, status in statuses.items() if code not in OUTSIDE_ROUTES}


@each_operation
def test_errors_are_documented_as_problems_only(page: dict[str, Any], method: str, path: str) -> None:
    responses = page["paths"][path][method]["responses"].items()
    types = {kind for status, response in responses if int(status) >= 400 for kind in response["content"]}
    assert types == {"application/problem+json"}


def test_writes_document_the_idempotency_key(page: dict[str, Any]) -> None:
    for path in ("/courses/{course_id}/register", "/courses/{course_id}/drop"):
        (key,) = [one for one in page["paths"][path]["post"]["parameters"] if one["name"] == "Idempotency-Key"]
        assert (key["in"], key["required"]) == ("header", False)


def test_root_page_names_every_system(lab: Lab) -> None:
    page = requests.get(f"{lab.api_url}/docs", timeout=REQUEST_TIMEOUT_S)
    assert page.status_code == 200
    assert page.headers["Content-Type"].startswith("text/html")
    description = requests.get(f"{lab.api_url}/openapi.json", timeout=REQUEST_TIMEOUT_S).json()["info"]["description"]
    for system in SYSTEMS:
        assert f"[{system.title}](/{system.key}/docs)" in description
        assert requests.get(f"{lab.api_url}/{system.key}/docs", timeout=REQUEST_TIMEOUT_S).status_code == 200
