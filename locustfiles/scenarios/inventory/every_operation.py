"""Every operation: one user does all that can be done, one thing after the other (seed document 001, baselines)."""

from typing import ClassVar

from locust import task

from locustfiles.scenarios.inventory.inventory_user import InventoryUser


class EveryOperationUser(InventoryUser):
    """Makes a product, sells, pays, ships and cancels it, and looks at everything meanwhile; nobody is in its way."""

    think_time_s: ClassVar[tuple[float, float]] = (0.5, 2)

    @task
    def do_everything(self) -> None:
        """Each operation of the client at least once."""
        first, second = (self._make() for _ in range(2))
        self.api.update_product(first, {"price": 12.5, "stock": 100})
        self.api.adjust_stock(first, -1, "counted")
        self.api.restock(second, 100)
        self._look(first)
        shipped, canceled = self._order(first), self._order(second)
        self.api.order_many([(second, 1), (first, 2)])
        self.api.pay(shipped)
        self.api.ship(shipped)
        self.api.cancel(canceled)
        self.api.view_order(shipped)
        self.api.list_orders(1, 20)
        self.api.list_recent_orders(10)

    def _make(self) -> int:
        return int((self.api.create_product(self.draw_product()).body or {}).get("id", 0))

    def _order(self, product_id: int) -> int:
        return int((self.api.order(product_id, 1).body or {}).get("id", 0))

    def _look(self, product_id: int) -> None:
        self.api.view_product(product_id)
        self.api.list_products()
        self.api.search_products(search="premium", in_stock_only=True)
        self.api.list_low_stock()
        self.api.check_health()
        self.api.view_summary()
        self.api.view_docs()
