from itertools import chain
from typing import Any

import pytest
import requests

from api import errors
from api.errors import Problem
from api.inventory import rules
from tests.conftest import Lab
from tests.integration.api.conftest import REQUEST_TIMEOUT_S

READ = {"invalid_request", "database_unavailable", "database_busy", "internal_error"}
WRITE = READ | {"idempotency_key_reused", "conflict", "outcome_unknown"}
TURN = WRITE | {"order_not_found", "illegal_transition"}
CODES: dict[tuple[str, str], set[str]] = {
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
}
WRITES = [operation for operation, codes in CODES.items() if codes >= WRITE]
# They belong to no route, or to systems where one signs in.
OUTSIDE_ROUTES = {"not_found", "method_not_allowed", "not_authenticated", "invalid_token", "invalid_credentials"}

each_operation = pytest.mark.parametrize(("method", "path"), CODES, ids=[" ".join(one) for one in CODES])


@pytest.fixture(scope="module")
def page(lab: Lab) -> dict[str, Any]:
    answer = requests.get(f"{lab.api_url}/inventory/openapi.json", timeout=REQUEST_TIMEOUT_S)
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
    # A sick target tells which of its parts is down, in the shape of a healthy one.
    assert types == ({"application/json"} if path == "/health" else {"application/problem+json"})


@pytest.mark.parametrize(("method", "path"), WRITES, ids=[" ".join(one) for one in WRITES])
def test_writes_document_the_idempotency_key(page: dict[str, Any], method: str, path: str) -> None:
    (key,) = [one for one in page["paths"][path][method]["parameters"] if one["name"] == "Idempotency-Key"]
    assert (key["in"], key["required"]) == ("header", False)


def test_granted_write_is_documented_with_the_status_it_answers(page: dict[str, Any]) -> None:
    created = {"/products/", "/orders/", "/orders/bulk"}
    for method, path in WRITES:
        granted = {status for status in page["paths"][path][method]["responses"] if status.startswith("2")}
        assert granted == ({"201"} if path in created else {"200"})
