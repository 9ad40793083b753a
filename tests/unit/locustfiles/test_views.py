from typing import Any

from locustfiles.clients import views
from locustfiles.clients.registration import see_course, see_courses, see_my_courses, see_semesters
from stampede.crowd import Claim

LINES = [
    {"product_id": 7, "quantity": 1, "unit_price": 3.0},
    {"product_id": 5, "quantity": 2, "unit_price": 12.5},
]
ORDER: dict[str, Any] = {
    "id": 71,
    "product_id": None,
    "quantity": 3,
    "status": "PENDING",
    "created_at": "2026-01-01T00:00:00",
    "total_value": 28.0,
    "lines": LINES,
}
PRODUCT = {"id": 5, "sku": "A", "name": "Lamp", "price": 12.5, "stock": 4}


def test_lines_of_an_order_are_one_text() -> None:
    assert views.take_order(ORDER) == {**ORDER, "lines": "5x2@1250,7x1@300"}


def test_order_with_one_product_shows_the_product_too() -> None:
    single = {**ORDER, "product_id": 5, "lines": LINES[1:], "product": PRODUCT}
    items = views.see_order(71, single).items
    assert [entity for entity, _ in items] == ["order 71", "product 5"]
    assert "product" not in items[0][1]


def test_orders_are_counted_by_status() -> None:
    body = {"orders": [ORDER], "total": 9}
    assert views.see_orders("PAID")(body).counts == {"orders PAID": 9}
    assert views.see_orders(None)(body).counts == {"orders": 9}


def test_search_claims_no_total() -> None:
    body = {"products": [PRODUCT], "total": 1}
    assert views.see_products(body).counts == {"products": 1}
    assert views.see_search(body).counts == {}


def test_summary_shows_totals_and_may_be_stale() -> None:
    orders = {"total": 9, "pending": 1, "paid": 2, "shipped": 3, "canceled": 3, "total_quantity_ordered": 20}
    products = {"total": 8, "in_stock": 5, "out_of_stock": 3, "total_stock_quantity": 40}
    body = {"inventory": {"products": products, "orders": orders}, "orders": {"recent_orders": [ORDER]}}
    seen = views.see_summary(body)
    assert (seen.counts["orders PAID"], seen.counts["stock_quantity"], seen.stale_s) == (2, 40, 5)
    assert [entity for entity, _ in seen.items] == ["order 71"]


def test_item_of_a_view_is_the_entity_asked_for() -> None:
    assert see_course("c1")({"id": "c2"}).items[0][0] == "course c1"


def test_lists_claim_to_be_complete() -> None:
    assert see_semesters([]).complete == Claim({"kind": "semester"})
    assert see_courses("s1")([]).complete == Claim({"semester_id": "s1", "kind": "course"})
    assert see_my_courses("s1")([]).complete == Claim({"semester_id": "s1"}, mine=True)
