"""Inventory management: clerks list, look, make and change products (seed document 001, 30 %)."""

from random import choice, randint, random
from typing import Any, ClassVar

from locust import task

from locustfiles.scenarios.inventory.inventory_user import InventoryUser, draw_price

FIRST_PRODUCTS = 3
PAGES = (1, 3)
PAGE_LENGTHS = (10, 20, 50)
WORDS = ("laptop", "phone", "premium", "pro")


def draw_changes() -> dict[str, Any]:
    """Some of what can be changed of a product; at least one thing."""
    price, stock, number = draw_price(), randint(0, 1000), randint(1, 9999)  # noqa: S311  # draws, not secrets
    changes = {"price": max(50.0, price), "stock": stock, "name": f"Pro Edition {number:04}"}
    return {name: value for name, value in changes.items() if random() < 0.5} or changes  # noqa: S311  # likewise


def draw_search() -> dict[str, Any]:
    """Any of the search's parameters, or none."""
    search = {
        "search": choice(WORDS),  # noqa: S311  # a draw, not a secret
        "min_price": randint(50, 500),  # noqa: S311  # likewise
        "max_price": randint(500, 2000),  # noqa: S311  # likewise
        "in_stock_only": True,
    }
    return {name: value for name, value in search.items() if random() < 0.5}  # noqa: S311  # likewise


class InventoryManagementUser(InventoryUser):
    """Mostly reads, often makes a product, sometimes changes one; the weights are those of the original suite."""

    weight = 3
    think_time_s: ClassVar[tuple[float, float]] = (1, 3)

    def on_start(self) -> None:
        """Make a few products of its own."""
        super().on_start()
        for _ in range(FIRST_PRODUCTS):
            self.create_product()

    @task(10)
    def list_products(self) -> None:
        """List products: the most common action."""
        page, per_page = randint(*PAGES), choice(PAGE_LENGTHS)  # noqa: S311  # draws, not secrets
        self.remember(self.api.list_products(page, per_page))

    @task(8)
    def view_product(self) -> None:
        """Look at one product."""
        if (product_id := self.any_product()) is not None:
            self.api.view_product(product_id)

    @task(5)
    def add_product(self) -> None:
        """Make a product."""
        self.create_product()

    @task(3)
    def update_product(self) -> None:
        """Change a product."""
        if (product_id := self.any_product()) is not None:
            self.api.update_product(product_id, draw_changes())

    @task(2)
    def search_products(self) -> None:
        """Search among the products."""
        self.api.search_products(**draw_search())
