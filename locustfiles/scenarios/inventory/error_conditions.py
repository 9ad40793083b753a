"""Error conditions: unknown ids, bad data, wrong moments, boundaries (seed document 001, scenario 5)."""

from dataclasses import replace
from random import choice, randint
from typing import ClassVar

from locust import task

from locustfiles.clients.inventory import CREATE_PRODUCT, INVALID, NO_PRODUCT, SOLD_OUT
from locustfiles.scenarios.inventory.inventory_user import InventoryUser

UNKNOWN_IDS = (99_900, 99_999)
BAD_PRODUCT = {"sku": "", "name": "A", "price": -10.0, "stock": -5}
REFUSED_PRODUCT = replace(CREATE_PRODUCT, expected=INVALID)
WRONG_AMOUNT = frozenset({"wrong_amount"})
# The last value that the contract takes, and the first that it does not (contracts/inventory.md).
LARGEST_ID = 2**31 - 1
LARGEST_QUANTITY = 1_000_000
LARGEST_RESTOCK = 100_000
BOUNDARIES = (
    {"name": "AB", "price": 0.01, "stock": 1_000_000_000},
    {"name": "N" * 200, "price": 1_000_000.0, "stock": 0},
)
BEYOND = (
    {"name": "N" * 201},
    {"name": "A"},
    {"price": 0.0},
    {"price": 0.001},
    {"price": 1_000_000.01},
    {"stock": -1},
    {"stock": 1_000_000_001},
    {"sku": "S" * 51},
)
TOO_EARLY = frozenset({"illegal_transition"})


class ErrorConditionsUser(InventoryUser):
    """Asks for what must be refused: that refusal is the success, anything else the failure."""

    think_time_s: ClassVar[tuple[float, float]] = (2, 5)

    def on_start(self) -> None:
        """Know some products, to order them and then pay wrongly."""
        super().on_start()
        self.remember(self.api.list_products())

    @task(1)
    def ask_for_the_unknown(self) -> None:
        """Look at a product that does not exist, then order it."""
        product_id = randint(*UNKNOWN_IDS)  # noqa: S311  # a draw, not a secret
        self.api.view_product(product_id, NO_PRODUCT)
        self.api.order(product_id, 1, NO_PRODUCT)

    @task(1)
    def send_bad_data(self) -> None:
        """Make a product and an order that no shop has."""
        self.api.create_product(BAD_PRODUCT, REFUSED_PRODUCT)
        self.api.order(-1, 0, INVALID)

    @task(1)
    def make_at_the_boundary(self) -> None:
        """Make a product of the smallest and largest values, then one just beyond them."""
        product = self.draw_product()
        self.api.create_product({**product, **choice(BOUNDARIES)})  # noqa: S311  # a draw, not a secret
        self.api.create_product({**product, **choice(BEYOND)}, REFUSED_PRODUCT)  # noqa: S311  # likewise

    @task(1)
    def order_at_the_boundary(self) -> None:
        """Order as much as an order may hold, and one more; restock as much as a delivery may; ask for the last id."""
        self.api.view_product(LARGEST_ID, NO_PRODUCT)
        if (product_id := self.any_product()) is None:
            return
        self.api.order(product_id, LARGEST_QUANTITY, SOLD_OUT)
        self.api.order(product_id, LARGEST_QUANTITY + 1, INVALID)
        self.api.order(product_id, 0, INVALID)
        self.api.restock(product_id, LARGEST_RESTOCK)

    @task(1)
    def pay_wrongly(self) -> None:
        """Order, then pay another amount, then have it shipped unpaid."""
        if (product_id := self.any_product()) is None:
            return
        outcome = self.api.order(product_id, 1)
        if outcome.kind == "ok":
            order_id, total = outcome.body["id"], outcome.body["total_value"]
            self.api.pay(order_id, round(total + 1, 2), WRONG_AMOUNT)
            self.api.ship(order_id, TOO_EARLY)
