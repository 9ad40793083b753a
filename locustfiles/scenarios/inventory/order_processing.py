"""Order processing: customers order, pay, sometimes cancel; orders are shipped (seed document 001, 50 %)."""

from collections import deque
from random import choice, randint
from typing import ClassVar

from locust import tag, task
from locust.env import Environment

from locustfiles.clients.inventory import NO_PRODUCT, SOLD_OUT
from locustfiles.scenarios.inventory.inventory_user import REMEMBERED, InventoryUser

PAGES = (1, 3)
PAGE_LENGTHS = (10, 20, 50)
STATUSES = (None, None, None, None, "PENDING", "PAID", "SHIPPED", "CANCELED")
QUANTITY = (1, 10)


class OrderProcessingUser(InventoryUser):
    """Orders, and pays, ships or cancels what it ordered, in any order: what is too early or too late is refused."""

    weight = 5
    think_time_s: ClassVar[tuple[float, float]] = (0.5, 2)

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self._order_ids: deque[int] = deque(maxlen=REMEMBERED)

    def on_start(self) -> None:
        """Know some products."""
        super().on_start()
        page = randint(*PAGES)  # noqa: S311  # a draw, not a secret
        self.remember(self.api.list_products(page, REMEMBERED) or self.api.list_products(1, REMEMBERED))

    def _any_order(self) -> int | None:
        return choice(self._order_ids) if self._order_ids else None  # noqa: S311  # a draw, not a secret

    @tag("write")
    @task(15)
    def create_order(self) -> None:
        """Order some of a product: the most common action; make one first where none is known."""
        if not self.product_ids:
            self.create_product()
        if (product_id := self.any_product()) is None:
            return
        quantity = randint(*QUANTITY)  # noqa: S311  # a draw, not a secret
        outcome = self.api.order(product_id, quantity, SOLD_OUT | NO_PRODUCT)
        if outcome.kind == "ok":
            self._order_ids.append(outcome.body["id"])

    @tag("read")
    @task(10)
    def list_orders(self) -> None:
        """List orders, sometimes those of one status."""
        self.api.list_orders(randint(*PAGES), choice(PAGE_LENGTHS), choice(STATUSES))  # noqa: S311  # likewise

    @tag("read")
    @task(8)
    def view_order(self) -> None:
        """Look at one order."""
        if (order_id := self._any_order()) is not None:
            self.api.view_order(order_id)

    @tag("write")
    @task(5)
    def pay_order(self) -> None:
        """Pay an order."""
        if (order_id := self._any_order()) is not None:
            self.api.pay(order_id)

    @tag("write")
    @task(3)
    def ship_order(self) -> None:
        """Ship an order."""
        if (order_id := self._any_order()) is not None:
            self.api.ship(order_id)

    @tag("write")
    @task(2)
    def cancel_order(self) -> None:
        """Cancel an order."""
        if (order_id := self._any_order()) is not None:
            self.api.cancel(order_id)
