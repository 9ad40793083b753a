from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import requests
from pydantic import BaseModel, TypeAdapter

from api.inventory import schemas
from tests.integration.api.conftest import REQUEST_TIMEOUT_S
from tests.integration.api.inventory.conftest import Shop, assert_refused

NOWHERE = 99_950
PRODUCT = ["id", "name", "price", "sku", "stock"]
LINE = ["product_id", "quantity", "unit_price"]
ORDER = ["created_at", "id", "lines", "product_id", "quantity", "status", "total_value"]
PAGES = ["page", "per_page", "total", "total_pages"]


def read(model: Any, answer: requests.Response) -> Any:
    """The answer's JSON, which must be what the model says, no more and no less, numbers as numbers."""
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    parsed = TypeAdapter(model).validate_json(answer.content, strict=True, extra="forbid")
    return TypeAdapter(model).dump_python(parsed, mode="json")


def new_product(**changes: object) -> dict[str, object]:
    return {"sku": f"LAPTOP-{uuid4().hex}", "name": "Laptop Pro", "price": 1299.99, "stock": 25} | changes


def test_created_product_has_the_contracts_fields(shop: Shop) -> None:
    answer = shop.ask("POST", "/products/", new_product())
    told = answer.json()
    assert (answer.status_code, answer.headers["Content-Type"]) == (201, "application/json")
    assert sorted(told) == PRODUCT
    assert [type(told[name]) for name in PRODUCT] == [int, str, float, str, int]
    assert (told["name"], told["price"], told["stock"]) == ("Laptop Pro", 1299.99, 25)


def test_every_write_on_a_product_answers_with_the_product(every_shop: Shop) -> None:
    product = every_shop.product()
    writes: list[Callable[[], requests.Response]] = [
        lambda: every_shop.change(product, {"price": 12.34}),
        lambda: every_shop.adjust(product, 5),
        lambda: every_shop.ask("POST", f"/products/{product}/stock/adjust", {"adjustment": -10, "reason": "broken"}),
        lambda: every_shop.ask("POST", f"/products/{product}/restock", {"quantity": 5}),
    ]
    for write in writes:
        told = read(schemas.Product, write())
        assert told == read(schemas.Product, every_shop.get(f"/products/{product}"))
        assert sorted(told) == PRODUCT


def test_every_write_on_an_order_answers_with_the_order(every_shop: Shop) -> None:
    first, second = every_shop.product(), every_shop.product()
    single, bulk = every_shop.order(first, 2), every_shop.order_all({first: 1, second: 3})
    for placed in (single, bulk):
        order = placed.json()["id"]
        assert placed.status_code == 201
        told = [placed.json(), *(every_shop.turn(order, action).json() for action in ("pay", "cancel", "cancel"))]
        assert [one["status"] for one in told] == ["PENDING", "PAID", "CANCELED", "CANCELED"]
        for one in told:
            assert sorted(one) == ORDER
            assert [sorted(line) for line in one["lines"]] == [LINE] * len(one["lines"])
            assert one | {"status": None} == placed.json() | {"status": None}
        listed = every_shop.get("/orders/recent", limit=50).json()
        assert [one for one in listed if one["id"] == order] == [told[-1]]


def test_created_at_is_utc_without_an_offset(every_shop: Shop) -> None:
    told = every_shop.order(every_shop.product()).json()
    for text in (told["created_at"], every_shop.get(f"/orders/{told['id']}").json()["created_at"]):
        created = datetime.fromisoformat(text)
        assert created.tzinfo is None
        assert abs(created - datetime.now(UTC).replace(tzinfo=None)) < timedelta(hours=1)


def test_order_detail_adds_the_product_and_the_value(shop: Shop) -> None:
    product = shop.product(price_cents=1050)
    order = shop.ordered(product, 3)
    detail = read(schemas.OrderDetail, shop.get(f"/orders/{order}"))
    assert sorted(detail) == sorted([*ORDER, "product"])
    assert sorted(detail["product"]) == PRODUCT
    assert (detail["total_value"], detail["quantity"], detail["product"]["id"]) == (31.5, 3, product)
    bulk = shop.order_all({product: 1, shop.product(): 1}).json()["id"]
    assert read(schemas.OrderDetail, shop.get(f"/orders/{bulk}"))["product"] is None


@pytest.mark.parametrize(
    ("path", "items", "model"),
    [("/products/", "products", schemas.ProductList), ("/orders/", "orders", schemas.OrderList)],
)
def test_list_has_the_contracts_fields_and_a_page_past_the_end_is_empty(
    shop: Shop, path: str, items: str, model: type[BaseModel]
) -> None:
    shop.order_all({shop.product(): 1, shop.product(): 2})
    for per_page in (10, 20, 50, 100):
        listed = read(model, shop.get(path, page=1, per_page=per_page))
        assert sorted(listed) == sorted([items, *PAGES])
        assert 0 < len(listed[items]) <= per_page
        assert listed["total_pages"] == -(-listed["total"] // per_page)
    beyond = read(model, shop.get(path, page=1_000_000))
    assert (beyond[items], beyond["page"], beyond["total"]) == ([], 1_000_000, listed["total"])


def test_lists_give_ten_by_default_without_a_redirect(shop: Shop) -> None:
    for path in ("/products/", "/orders/"):
        answer = requests.get(shop.url + path, allow_redirects=False, timeout=REQUEST_TIMEOUT_S)
        assert (answer.status_code, answer.json()["page"], answer.json()["per_page"]) == (200, 1, 10)


def test_orders_are_listed_by_status_the_newest_first(shop: Shop) -> None:
    product = shop.product(stock=100)
    ids: dict[str, list[int]] = {}
    for status, actions in {"PENDING": [], "PAID": ["pay"], "SHIPPED": ["pay", "ship"], "CANCELED": ["cancel"]}.items():
        for _ in range(2):
            ids.setdefault(status, []).append(shop.ordered(product))
            for action in actions:
                assert shop.turn(ids[status][-1], action).status_code == 200
    for status, made in ids.items():
        listed = read(schemas.OrderList, shop.get("/orders/", status=status, per_page=50))
        assert {one["status"] for one in listed["orders"]} == {status}
        assert [one["id"] for one in listed["orders"] if one["id"] in made] == made[::-1]


def test_recent_orders_are_a_bare_list_and_not_an_id(shop: Shop) -> None:
    product = shop.product(stock=100)
    made = [shop.ordered(product) for _ in range(11)][::-1]
    for limit in (5, 10):
        listed = read(list[schemas.Order], shop.get("/orders/recent", limit=limit))
        assert [one["id"] for one in listed] == made[:limit]
    assert [one["id"] for one in shop.get("/orders/recent").json()] == made[:10]


def test_low_stock_is_a_bare_list_and_not_an_id(shop: Shop) -> None:
    shop.product(stock=0)
    assert read(list[schemas.Product], shop.get("/products/low-stock", threshold=0))


@pytest.mark.parametrize("query", ["search=laptop", "min_price=50&max_price=2000", "in_stock_only=True", "per_page=10"])
def test_search_takes_the_suites_queries(shop: Shop, query: str) -> None:
    shop.product(stock=1, price_cents=10_000, name="Laptop")
    listed = read(schemas.ProductList, shop.get(f"/products/?{query}"))
    assert listed["products"]
    for one in listed["products"]:
        assert "search" not in query or "laptop" in one["name"].lower()
        assert "price" not in query or 50 <= one["price"] <= 2000
        assert "stock" not in query or one["stock"] > 0


@pytest.mark.parametrize("number", [99_900, 99_999])
def test_ids_that_suites_take_for_unknown_are_unknown(shop: Shop, number: int) -> None:
    assert_refused(shop.get(f"/products/{number}"), 404, "product_not_found")
    assert_refused(shop.order(number), 404, "product_not_found")
    assert_refused(shop.get(f"/orders/{number}"), 404, "order_not_found")


BAD_BODIES: list[tuple[str, str, dict[str, object]]] = [
    ("POST", "/products/", {"sku": "", "name": "A", "price": -10.0, "stock": -5}),
    *(("POST", "/products/", new_product(**bad)) for bad in ({"price": 1.999}, {"stock": -1}, {"name": "\ud800x"})),
    ("POST", "/products/", {"sku": "X"}),
    ("PUT", f"/products/{NOWHERE}", {"price": 0}),
    ("PUT", f"/products/{NOWHERE}", {"stock": 1.5}),
    ("PUT", f"/products/{NOWHERE}", {"stock": False}),
    ("PUT", f"/products/{NOWHERE}", {"price": "12.50"}),
    ("POST", f"/products/{NOWHERE}/stock/adjust", {"reason": "none"}),
    ("POST", f"/products/{NOWHERE}/stock/adjust", {"adjustment": 1, "reason": "x" * 501}),
    ("POST", f"/products/{NOWHERE}/restock", {"quantity": 0}),
    ("POST", f"/products/{NOWHERE}/restock", {"quantity": 100_001}),
    ("POST", "/orders/", {"product_id": -1, "quantity": 0}),
    ("POST", "/orders/", {"product_id": 1, "quantity": 0}),
    ("POST", "/orders/", {"product_id": 2**31, "quantity": 1}),
    ("POST", "/orders/bulk", {"lines": []}),
    ("POST", "/orders/bulk", {"lines": [{"product_id": 1, "quantity": 1}] * 2}),
    ("POST", f"/orders/{NOWHERE}/pay", {"amount": 0}),
    ("POST", f"/orders/{NOWHERE}/pay", {"amount": 1.001}),
    ("POST", f"/orders/{2**31}/ship", {}),
]


@pytest.mark.parametrize(("method", "path", "body"), BAD_BODIES)
def test_body_that_does_not_fit_is_invalid(shop: Shop, method: str, path: str, body: dict[str, object]) -> None:
    assert_refused(shop.ask(method, path, body), 422, "invalid_request")


BAD_QUERIES = [
    *("/products/?page=0", "/products/?per_page=101", "/products/?min_price=x", "/products/?in_stock_only=maybe"),
    *("/products/?search=%00", "/products/?max_price=-1", "/products/low-stock?threshold=-1", "/products/abc"),
    *("/orders/?status=LOST", "/orders/?page=1000001", "/orders/recent?limit=51", "/orders/recent?limit=0"),
]


@pytest.mark.parametrize("path", BAD_QUERIES)
def test_query_that_does_not_fit_is_invalid(shop: Shop, path: str) -> None:
    assert_refused(shop.get(path), 422, "invalid_request")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("GET", "/products", 404, "not_found"),
        ("GET", "/orders", 404, "not_found"),
        ("DELETE", "/orders/", 405, "method_not_allowed"),
        ("GET", "/orders/bulk", 405, "method_not_allowed"),
        ("PUT", "/products/low-stock", 405, "method_not_allowed"),
    ],
)
def test_address_that_is_none_is_a_problem(shop: Shop, method: str, path: str, status: int, code: str) -> None:
    assert_refused(shop.ask(method, path), status, code)


@pytest.mark.parametrize("path", ["/products/", "/orders/", f"/orders/{NOWHERE}/pay", f"/orders/{NOWHERE}/cancel"])
def test_body_larger_than_any_request_needs_is_refused(shop: Shop, path: str) -> None:
    assert_refused(shop.ask("POST", path, {"name": "x" * 100_000}), 413, "body_too_large")


def test_refused_method_names_all_that_are_allowed(shop: Shop) -> None:
    assert shop.ask("DELETE", "/orders/").headers["Allow"] == "GET, POST"
    assert shop.ask("DELETE", f"/products/{NOWHERE}").headers["Allow"] == "GET, PUT"


@pytest.mark.parametrize("body", [b"{", b"\xff", b'"\xff"', b"[" * 50_000])
def test_body_that_is_no_json_is_invalid(shop: Shop, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = requests.post(f"{shop.url}/orders/", data=body, headers=headers, timeout=REQUEST_TIMEOUT_S)
    assert_refused(answer, 422, "invalid_request")
