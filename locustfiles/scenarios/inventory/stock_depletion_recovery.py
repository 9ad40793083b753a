"""Stock depletion and recovery: products run out and are stocked up again (seed document 001, scenario 3)."""

from random import choice, randint
from typing import ClassVar

from locust import task
from locust.env import Environment
from locust.exception import StopUser

from locustfiles.scenarios.inventory.inventory_user import InventoryUser

SHARED_PRODUCTS = 10
QUANTITY = (1, 5)
RECOVERY = (5, 20)


class StockDepletionRecoveryUser(InventoryUser):
    """Orders few shared products until one is sold out, and then stocks that one up.

    It recovers only what ran out: the original adds stock whether or not it is needed, more than its orders
    take, and after a few moments nothing runs out any more.
    """

    think_time_s: ClassVar[tuple[float, float]] = (0.5, 1.5)

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self._depleted: int | None = None

    def on_start(self) -> None:
        """Know the products.

        Raises:
            StopUser: there are none.
        """
        super().on_start()
        self.remember(self.api.list_products(1, SHARED_PRODUCTS))
        if not self.product_ids:
            raise StopUser

    @task(3)
    def create_order(self) -> None:
        """Deplete a product."""
        product_id = choice(self.product_ids)  # noqa: S311  # a draw, not a secret
        if self.api.order(product_id, randint(*QUANTITY)).label == "sold_out":  # noqa: S311  # likewise
            self._depleted = product_id

    @task(1)
    def recover(self) -> None:
        """Stock up what ran out, by delivery or by correction; where nothing did, look for what soon will."""
        product_id, quantity, delivered = self._depleted, randint(*RECOVERY), choice((True, False))  # noqa: S311
        self._depleted = None
        if product_id is None:
            self.api.list_low_stock()
        elif delivered:
            self.api.restock(product_id, quantity)
        else:
            self.api.adjust_stock(product_id, quantity, "found")
