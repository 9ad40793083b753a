"""Customers who look at a product and order some of it."""

import random
from typing import Any

from locust import task

from stampede.crowd import Kind, Seen, StampedeUser

LOOK = Kind("look", "Product")
ORDER = Kind("order", "Order", frozenset({"ok", "sold_out"}), key="id")


class Customer(StampedeUser):
    """Looks at a product, then orders one to three pieces."""

    def on_start(self) -> None:
        """Learn what there is to buy."""
        self.name = f"customer {random.getrandbits(64):x}"
        self.products = self.client.get("/products").json()

    @task
    def buy(self) -> None:
        """Look, then order."""
        product = random.choice(self.products)
        entity = f"product {product}"

        def see(answer: dict[str, Any]) -> Seen:
            return Seen([(entity, answer)])

        self.read(LOOK, f"/products/{product}", [entity], see)
        wanted = {"product_id": product, "quantity": random.randint(1, 3), "customer": self.name}
        self.write(ORDER, "/orders", [entity], actor=self.name, args={"quantity": wanted["quantity"]}, body=wanted)
