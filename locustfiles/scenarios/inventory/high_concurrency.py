"""High concurrency: everybody orders the same few products, as fast as it goes (seed document 001, 10 %)."""

from random import choice, randint
from typing import ClassVar

from locust import task
from locust.exception import StopUser

from locustfiles.clients.inventory import NO_PRODUCT
from locustfiles.scenarios.inventory.inventory_user import InventoryUser
from stampede.crowd import OK

HOT_PRODUCTS = 5
QUANTITY = (1, 3)
ADJUSTMENT = (-10, 50)


class HighConcurrencyUser(InventoryUser):
    """Orders little and often of the first products of the list, which all users share."""

    weight = 1
    think_time_s: ClassVar[tuple[float, float]] = (0.1, 0.5)

    def on_start(self) -> None:
        """Know the hot products.

        Raises:
            StopUser: there are none.
        """
        super().on_start()
        self.remember(self.api.list_products(1, HOT_PRODUCTS))
        if not self.product_ids:
            raise StopUser

    @task(20)
    def create_order(self) -> None:
        """Order a hot product."""
        self.api.order(choice(self.product_ids), randint(*QUANTITY))  # noqa: S311  # draws, not secrets

    @task(5)
    def adjust_stock(self) -> None:
        """Correct the stock of a hot product, mostly upwards."""
        adjustment = randint(*ADJUSTMENT)  # noqa: S311  # a draw, not a secret
        self.api.adjust_stock(choice(self.product_ids), adjustment, "stock-take", OK | NO_PRODUCT)  # noqa: S311  # likewise
