"""Bulk operations: products come in batches, orders too (seed document 001, scenario 2)."""

from random import randint, sample
from typing import Any, ClassVar

from locust import task

from locustfiles.clients.inventory import CREATE_PRODUCT_OF_MANY
from locustfiles.scenarios.inventory.inventory_user import InventoryUser

BATCH = 5
LISTED = 10
ORDERS = 3
LINES = (2, 5)
QUANTITY = (1, 5)


class BulkOperationsUser(InventoryUser):
    """Makes five products in a row, orders one after the other, and orders several products at once."""

    think_time_s: ClassVar[tuple[float, float]] = (1, 2)

    @task(1)
    def create_products(self) -> None:
        """Make a batch of products."""
        for _ in range(BATCH):
            self.api.create_product(self.draw_product("BULK"), CREATE_PRODUCT_OF_MANY)

    @task(1)
    def order_in_a_row(self) -> None:
        """List products, then order some of them one by one."""
        for product_id in self._draw(ORDERS):
            self.api.order(product_id, randint(*QUANTITY))  # noqa: S311  # a draw, not a secret

    @task(1)
    def order_at_once(self) -> None:
        """List products, then order some of them in one order, named in any sequence."""
        if lines := [(product_id, randint(*QUANTITY)) for product_id in self._draw(randint(*LINES))]:  # noqa: S311
            self.api.order_many(lines)

    def _draw(self, wanted: int) -> list[int]:
        listed: list[dict[str, Any]] = self.api.list_products(per_page=LISTED)
        return [product["id"] for product in sample(listed, min(wanted, len(listed)))]
