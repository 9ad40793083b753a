import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locustfiles.clients.inventory import InventoryClient, add_query, make_sku
from locustfiles.scenarios.inventory.inventory_management import draw_changes, draw_search
from locustfiles.scenarios.inventory.inventory_user import draw_product
from stampede.crowd.roster import Part

SKU = re.compile(r"[A-Z0-9_-]{1,50}")


@given(st.text(), st.integers(0, 63), st.integers(1, 10**9))
def test_sku_is_one_whatever_the_run_is_called(run_id: str, rank: int, number: int) -> None:
    assert SKU.fullmatch(make_sku("HEADPHONE", Part(run_id, rank, 64, 10), number))


def test_no_two_workers_runs_or_numbers_share_sku() -> None:
    parts = [(run, rank, number) for run in ("one", "two") for rank in (1, 11) for number in (1, 11, 111)]
    assert len({make_sku("PHONE", Part(run, rank, 12, 10), number) for run, rank, number in parts}) == len(parts)


def test_products_of_one_worker_differ() -> None:
    products = [draw_product(Part("run", 0, 1, 10)) for _ in range(20)]
    assert len({product["sku"] for product in products}) == 20
    assert all(round(product["price"], 2) == product["price"] for product in products)


def test_parameters_that_are_none_are_left_out() -> None:
    assert add_query("/orders/", page=1, status=None) == "/orders/?page=1"
    assert add_query("/products/", search=None) == "/products/"
    assert add_query("/products/", in_stock_only=True) == "/products/?in_stock_only=True"


def test_change_of_a_product_always_changes_something() -> None:
    draws = [draw_changes() for _ in range(100)]
    assert all(draw and draw.keys() <= {"price", "stock", "name"} for draw in draws)


def test_search_may_ask_for_nothing_or_for_all() -> None:
    assert {0, 4} <= {len(draw_search()) for _ in range(1000)}


class Shop(InventoryClient):
    """Pages of products without a server."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.pages = 0

    def list_products(self, page: int | None = None, per_page: int = 10) -> list[dict[str, Any]]:
        self.pages += 1
        assert page is not None
        return [{"id": id_ + 1} for id_ in range(self.count)][(page - 1) * per_page : page * per_page]


@pytest.mark.parametrize(("count", "pages"), [(0, 1), (99, 1), (100, 2), (250, 3)])
def test_all_products_are_listed_page_by_page(count: int, pages: int) -> None:
    shop = Shop(count)
    assert [product["id"] for product in shop.list_all_products()] == list(range(1, count + 1))
    assert shop.pages == pages
