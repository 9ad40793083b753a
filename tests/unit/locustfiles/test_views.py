from typing import Any

import pytest

from locustfiles.clients import views
from locustfiles.clients.registration import see_course, see_courses, see_my_courses, see_semesters
from stampede.crowd import Claim, Page

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
SUMMARY: dict[str, Any] = {
    "inventory": {
        "products": {
            "total": 8,
            "in_stock": 5,
            "out_of_stock": 3,
            "low_stock_count": 2,
            "total_stock_quantity": 40,
            "total_stock_value": 500.29,
        },
        "orders": {"total": 9, "pending": 1, "paid": 2, "shipped": 3, "canceled": 3, "total_quantity_ordered": 20},
    },
    "orders": {
        "total_orders": 9,
        "status_breakdown": {"PENDING": 1, "PAID": 2, "SHIPPED": 3, "CANCELED": 3},
        "total_quantity_ordered": 20,
        "total_order_value": 300,
        "recent_orders": [ORDER],
    },
}


def test_lines_of_an_order_are_one_text() -> None:
    assert views.take_order(ORDER) == {**ORDER, "lines": "5x2@1250,7x1@300"}


def test_order_with_one_product_shows_the_product_too() -> None:
    single = {**ORDER, "product_id": 5, "lines": LINES[1:], "product": PRODUCT}
    items = views.see_order(71, single).items
    assert [entity for entity, _ in items] == ["order 71", "product 5"]
    assert "product" not in items[0][1]


def test_missing_product_of_an_order_is_an_item() -> None:
    single = {**ORDER, "product_id": 5, "lines": LINES[1:], "product": None}
    assert views.see_order(71, single).items[1] == ("product 5", dict.fromkeys(PRODUCT, "absent"))
    assert len(views.see_order(71, {**ORDER, "product": None}).items) == 1


def listed(**rows: Any) -> dict[str, Any]:
    return {"total": 9, "page": 1, "per_page": 10, "total_pages": 1, **rows}


def test_orders_are_counted_by_status() -> None:
    body = listed(orders=[ORDER])
    paid, every = views.see_orders("PAID", 1, 10)(body), views.see_orders(None, 1, 10)(body)
    assert (paid.counts, every.counts) == ({"orders PAID": 9}, {"orders": 9})
    page = Page(1, 10, "-id", 9)
    assert (paid.claim, every.claim) == (Claim("order", {"status": "PAID"}, page=page), Claim("order", page=page))


def test_search_claims_conditions_alone() -> None:
    body, page = listed(products=[PRODUCT]), Page(1, 10, "id", 9)
    seen = views.see_search(("price >= 5", "stock > 0"), 10)(body)
    assert (seen.counts, seen.claim) == ({}, Claim("product", {}, False, ("price >= 5", "stock > 0"), False, page))
    assert views.see_products(1, 10)(body).counts == {"products": 9}


@pytest.mark.parametrize(("limit", "complete"), [(1, False), (2, True)])
def test_low_stock_is_complete_below_its_limit(limit: int, complete: bool) -> None:
    claim = views.see_low_stock(10, limit)([PRODUCT]).claim
    assert claim == Claim("product", {}, False, ("stock <= 10",), complete, Page(1, limit, "stock"))


@pytest.mark.parametrize("changes", [{"total": 0}, {"total": 21}, {"total_pages": 2}, {"page": 2}, {"per_page": 20}])
def test_list_of_other_pages_is_an_item(changes: dict[str, int]) -> None:
    body = listed(products=[PRODUCT], orders=[ORDER])
    for see in (views.see_products(1, 10), views.see_search((), 10), views.see_orders(None, 1, 10)):
        assert len(see(body).items) == 1
        assert see(body | changes).items[-1][0].startswith("list of ")


def test_summary_shows_totals_and_may_be_stale() -> None:
    seen = views.see_summary(SUMMARY)
    assert (seen.counts["orders PAID"], seen.counts["low_stock"], seen.stale_s) == (2, 2, 6)
    assert (seen.counts["stock_value_cents"], seen.counts["order_value_cents"]) == (50029, 30000)
    assert [entity for entity, _ in seen.items] == ["order 71"]


@pytest.mark.parametrize(
    ("changes", "name", "shown"),
    [
        ({"total_orders": 8}, "orders", (9, 8)),
        ({"total_quantity_ordered": 21}, "quantity_ordered", (20, 21)),
        ({"status_breakdown": {"PENDING": 1, "PAID": 2, "SHIPPED": 3, "CANCELED": 4}}, "orders CANCELED", (3, 4)),
    ],
)
def test_halves_of_a_summary_that_differ_are_an_item(changes: Any, name: str, shown: tuple[int, int]) -> None:
    items = views.see_summary({**SUMMARY, "orders": {**SUMMARY["orders"], **changes}}).items
    assert items[1:] == [(f"total {name}", dict(zip(("inventory", "orders"), shown, strict=True)))]


@pytest.mark.parametrize("value", ["500.29", True, None])
def test_value_that_is_no_number_is_unusable(value: Any) -> None:
    with pytest.raises(ArithmeticError):
        views.see_summary({**SUMMARY, "orders": {**SUMMARY["orders"], "total_order_value": value}})


def test_item_of_a_view_is_the_entity_asked_for() -> None:
    assert see_course("c1")({"id": "c2"}).items[0][0] == "course c1"


def test_lists_claim_to_be_complete() -> None:
    assert see_semesters([]).claim == Claim("semester")
    assert see_courses("s1")([]).claim == Claim("course", {"semester_id": "s1"})
    assert see_my_courses("s1")([]).claim == Claim("course", {"semester_id": "s1"}, mine=True)
