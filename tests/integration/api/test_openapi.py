"""The pages of all systems: every code that a route can answer, and nothing else."""

from importlib import import_module
from itertools import chain
from typing import Any

import pytest
import requests

from api import problems
from api.main import SYSTEMS
from api.problems import Problem
from api.web import errors
from tests.conftest import Lab
from tests.integration.api.conftest import REQUEST_TIMEOUT_S

READ = {"invalid_request", "database_unavailable", "database_busy", "internal_error"}
WRITE = READ | {"body_too_large", "idempotency_key_reused", "conflict", "outcome_unknown"}
TOKEN = {"not_authenticated", "invalid_token"}
SEAT = WRITE | TOKEN | {"course_not_found", "registration_closed"}
TURN = WRITE | {"order_not_found", "illegal_transition"}
CODES: dict[str, dict[tuple[str, str], set[str]]] = {
    "registration": {
        ("post", "/auth/login"): READ | {"body_too_large", "invalid_credentials", "sign_in_busy"},
        ("get", "/semesters/"): READ,
        ("get", "/semesters/{semester_id}/courses"): READ | {"semester_not_found", "cache_unavailable"},
        ("get", "/courses/{course_id}"): READ | {"course_not_found"},
        ("get", "/semesters/{semester_id}/my-courses"): READ | TOKEN | {"semester_not_found"},
        ("post", "/courses/{course_id}/register"): SEAT | {"already_registered", "course_full"},
        ("post", "/courses/{course_id}/drop"): SEAT | {"not_registered"},
    },
    "inventory": {
        ("post", "/products/"): WRITE | {"sku_taken"},
        ("get", "/products/"): READ,
        ("get", "/products/low-stock"): READ,
        ("get", "/products/{product_id}"): READ | {"product_not_found"},
        ("put", "/products/{product_id}"): WRITE | {"product_not_found"},
        ("post", "/products/{product_id}/stock/adjust"): WRITE | {"product_not_found"},
        ("post", "/products/{product_id}/restock"): WRITE | {"product_not_found"},
        ("post", "/orders/"): WRITE | {"product_not_found", "sold_out"},
        ("post", "/orders/bulk"): WRITE | {"product_not_found", "sold_out"},
        ("get", "/orders/"): READ,
        ("get", "/orders/recent"): READ,
        ("get", "/orders/{order_id}"): READ | {"order_not_found"},
        ("post", "/orders/{order_id}/pay"): TURN | {"wrong_amount"},
        ("post", "/orders/{order_id}/ship"): TURN,
        ("post", "/orders/{order_id}/cancel"): TURN,
        ("get", "/summary"): READ | {"cache_unavailable"},
        ("get", "/health"): set(),
    },
}
CREATED = {"/products/", "/orders/", "/orders/bulk"}
# Told of an address that no route serves, or of a token where nobody signs in, so no route can list them.
OUTSIDE_ROUTES = {"not_found", "method_not_allowed"}
SIGN_IN = TOKEN | {"invalid_credentials", "sign_in_busy"}
# Of what no system uses yet.
UNUSED = {"invalid_api_key"}

OPERATIONS = [(system, *operation) for system, codes in CODES.items() for operation in codes]
WRITES = [one for one in OPERATIONS if CODES[one[0]][one[1:]] >= WRITE]


def each(operations: list[tuple[str, str, str]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("system", "method", "path"), operations, ids=[" ".join(one) for one in operations])


each_system = pytest.mark.parametrize("system", [system.key for system in SYSTEMS])


@pytest.fixture(scope="module")
def pages(lab: Lab) -> dict[str, dict[str, Any]]:
    urls = {system.key: f"{lab.api_url}/{system.key}/openapi.json" for system in SYSTEMS}
    return {system: requests.get(url, timeout=REQUEST_TIMEOUT_S).json()["paths"] for system, url in urls.items()}


def documented(operation: dict[str, Any]) -> dict[str, int]:
    return {
        code: int(status)
        for status, response in operation["responses"].items()
        for code in response["content"].get("application/problem+json", {}).get("examples", {})
    }


@each_system
def test_page_has_exactly_the_contracts_operations(pages: dict[str, dict[str, Any]], system: str) -> None:
    assert {(method, path) for path, methods in pages[system].items() for method in methods} == set(CODES[system])


@each(OPERATIONS)
def test_operation_lists_every_code_it_can_answer(
    pages: dict[str, dict[str, Any]], system: str, method: str, path: str
) -> None:
    assert set(documented(pages[system][path][method])) == CODES[system][method, path]


@each_system
def test_every_defined_code_is_documented_with_its_status(pages: dict[str, dict[str, Any]], system: str) -> None:
    told: dict[str, int] = {}
    for methods in pages[system].values():
        for operation in methods.values():
            told |= documented(operation)
    defined = chain(vars(problems).values(), vars(errors).values(), vars(import_module(f"api.{system}.rules")).values())
    statuses = {known.code: errors.STATUSES[known.kind] for known in defined if isinstance(known, Problem)}
    outside = OUTSIDE_ROUTES | UNUSED | (set() if system == "registration" else SIGN_IN)
    assert told == {code: status for code, status in statuses.items() if code not in outside}


@each(OPERATIONS)
def test_errors_are_documented_as_problems_only(
    pages: dict[str, dict[str, Any]], system: str, method: str, path: str
) -> None:
    responses = pages[system][path][method]["responses"].items()
    types = {kind for status, response in responses if int(status) >= 400 for kind in response["content"]}
    # A sick target tells which of its parts is down, in the shape of a healthy one.
    assert types == ({"application/json"} if path == "/health" else {"application/problem+json"})


@each(WRITES)
def test_writes_document_the_idempotency_key(
    pages: dict[str, dict[str, Any]], system: str, method: str, path: str
) -> None:
    (key,) = [one for one in pages[system][path][method]["parameters"] if one["name"] == "Idempotency-Key"]
    assert (key["in"], key["required"]) == ("header", False)


@each(WRITES)
def test_granted_write_is_documented_with_the_status_it_answers(
    pages: dict[str, dict[str, Any]], system: str, method: str, path: str
) -> None:
    granted = {status for status in pages[system][path][method]["responses"] if status.startswith("2")}
    assert granted == ({"201"} if path in CREATED else {"200"})


def test_root_page_names_every_system(lab: Lab) -> None:
    page = requests.get(f"{lab.api_url}/docs", timeout=REQUEST_TIMEOUT_S)
    assert page.status_code == 200
    assert page.headers["Content-Type"].startswith("text/html")
    description = requests.get(f"{lab.api_url}/openapi.json", timeout=REQUEST_TIMEOUT_S).json()["info"]["description"]
    for system in SYSTEMS:
        assert f"[{system.title}](/{system.key}/docs)" in description
        assert requests.get(f"{lab.api_url}/{system.key}/docs", timeout=REQUEST_TIMEOUT_S).status_code == 200
