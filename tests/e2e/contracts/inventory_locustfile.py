"""A load test that knows nothing but contracts/inventory.md, as anybody would write it.

locust -f tests/e2e/contracts/inventory_locustfile.py --host http://127.0.0.1:8500/inventory
"""

from collections import deque
from random import SystemRandom
from typing import Any
from uuid import uuid4

from locust import HttpUser, between, task

CHANCE = SystemRandom()
KINDS = ("LAPTOP", "PHONE", "TABLET", "WATCH", "HEADPHONE", "CAMERA")
PAGE_LENGTHS = (10, 20, 50)
STATUSES = ("PENDING", "PAID", "SHIPPED", "CANCELED")
SEARCHES: tuple[dict[str, Any], ...] = (
    {},
    {"search": "laptop"},
    {"search": "phone", "in_stock_only": True},
    {"search": "premium", "min_price": 100},
    {"search": "pro", "min_price": 50, "max_price": 1500},
    {"in_stock_only": True, "max_price": 500},
)
# Shared by all users, as one shop's.
PRODUCTS: deque[dict[str, Any]] = deque(maxlen=1000)
ORDERS: deque[dict[str, Any]] = deque(maxlen=1000)


class Visitor(HttpUser):
    """Asks, and holds the status of the answer against those that the contract calls OK."""

    abstract = True

    def ask(self, method: str, path: str, name: str, ok: set[int], **sent: Any) -> Any:
        """The answer's JSON where the status is 2xx; else None."""
        with self.client.request(method, path, name=name, catch_response=True, **sent) as answer:
            if answer.status_code not in ok:
                answer.failure(f"status {answer.status_code}")
                return None
            answer.success()
            is_json = answer.headers.get("Content-Type", "").startswith("application/json")
            return answer.json() if answer.ok and is_json else None

    def make_product(self, sku: str, stock: int, ok: set[int]) -> dict[str, Any] | None:
        """A new product."""
        price = round(CHANCE.uniform(10, 2000), 2)
        product = {"sku": sku, "name": f"Product {sku[:20]}", "price": price, "stock": stock}
        made: dict[str, Any] | None = self.ask("POST", "/products/", "create product", ok, json=product)
        if made:
            assert made["stock"] == stock
            PRODUCTS.append(made)
        return made

    def order(self, product_id: int, quantity: int, ok: set[int]) -> None:
        """An order of some pieces."""
        wanted = {"product_id": product_id, "quantity": quantity}
        if made := self.ask("POST", "/orders/", "create order", ok, json=wanted):
            assert made["status"] == "PENDING"
            ORDERS.append(made)

    def see_page(self) -> dict[str, int]:
        """Which page to look at."""
        return {"page": CHANCE.randint(1, 3), "per_page": CHANCE.choice(PAGE_LENGTHS)}


def new_sku(kind: str = "") -> str:
    return f"{kind or CHANCE.choice(KINDS)}-{uuid4().hex[:12]}"


class InventoryManagementUser(Visitor):
    weight = 3
    wait_time = between(1, 3)

    def on_start(self) -> None:
        for _ in range(3):
            self.make_product(new_sku(), CHANCE.randint(5, 500), {201})

    @task(10)
    def list_products(self) -> None:
        found = self.ask("GET", "/products/", "list products", {200}, params=self.see_page())
        if found:
            PRODUCTS.extend(found["products"])

    @task(8)
    def see_product(self) -> None:
        if PRODUCTS:
            self.ask("GET", f"/products/{CHANCE.choice(PRODUCTS)['id']}", "one product", {200, 404})

    @task(5)
    def create_product(self) -> None:
        self.make_product(new_sku(), CHANCE.randint(5, 500), {201, 409})

    @task(3)
    def change_product(self) -> None:
        if PRODUCTS:
            changes: tuple[dict[str, Any], ...] = (
                {"price": round(CHANCE.uniform(50, 2000), 2)},
                {"stock": CHANCE.randint(0, 1000)},
                {"name": f"Renamed {CHANCE.randint(1, 999)}"},
            )
            path = f"/products/{CHANCE.choice(PRODUCTS)['id']}"
            self.ask("PUT", path, "change product", {200, 404}, json=CHANCE.choice(changes))

    @task(2)
    def search(self) -> None:
        self.ask("GET", "/products/", "search products", {200}, params=CHANCE.choice(SEARCHES))


class OrderProcessingUser(Visitor):
    weight = 5
    wait_time = between(0.5, 2)

    @task(15)
    def create_order(self) -> None:
        if not PRODUCTS:
            self.make_product(new_sku(), CHANCE.randint(5, 500), {201})
        if PRODUCTS:
            self.order(CHANCE.choice(PRODUCTS)["id"], CHANCE.randint(1, 10), {201, 409, 404})

    @task(10)
    def list_orders(self) -> None:
        status = {"status": CHANCE.choice(STATUSES)} if CHANCE.random() < 0.5 else {}
        self.ask("GET", "/orders/", "list orders", {200}, params={**self.see_page(), **status})

    @task(8)
    def see_order(self) -> None:
        if ORDERS:
            self.ask("GET", f"/orders/{CHANCE.choice(ORDERS)['id']}", "one order", {200, 404})

    def move(self, step: str) -> None:
        if ORDERS:
            self.ask("POST", f"/orders/{CHANCE.choice(ORDERS)['id']}/{step}", f"{step} order", {200, 404, 422})

    @task(5)
    def pay(self) -> None:
        self.move("pay")

    @task(3)
    def ship(self) -> None:
        self.move("ship")

    @task(2)
    def cancel(self) -> None:
        self.move("cancel")


class MonitoringUser(Visitor):
    weight = 2
    wait_time = between(5, 15)

    @task(10)
    def health(self) -> None:
        self.ask("GET", "/health", "health", {200})

    @task(8)
    def summary(self) -> None:
        self.ask("GET", "/summary", "summary", {200})

    @task(5)
    def docs(self) -> None:
        self.ask("GET", "/docs", "docs", {200})

    @task(3)
    def recent(self) -> None:
        self.ask("GET", "/orders/recent", "recent orders", {200}, params={"limit": CHANCE.choice((5, 10, 20))})


class HighConcurrencyOrderUser(Visitor):
    weight = 1
    wait_time = between(0.1, 0.5)

    @task(20)
    def create_order(self) -> None:
        if PRODUCTS:
            self.order(CHANCE.choice(PRODUCTS)["id"], CHANCE.randint(1, 3), {201, 409})

    @task(5)
    def adjust(self) -> None:
        if PRODUCTS:
            change = {"adjustment": CHANCE.randint(-10, 50), "reason": "load test"}
            path = f"/products/{CHANCE.choice(PRODUCTS)['id']}/stock/adjust"
            self.ask("POST", path, "adjust stock", {200, 404}, json=change)


class LastItemRaceConditionTest(Visitor):
    wait_time = between(0.1, 0.3)

    def on_start(self) -> None:
        self.product = self.make_product(new_sku("LIMITED"), 5, {201})

    @task
    def order_last_item(self) -> None:
        if self.product:
            self.order(self.product["id"], 1, {201, 409})


class BulkOperationsTest(Visitor):
    wait_time = between(1, 2)

    @task
    def create_five(self) -> None:
        batch = new_sku("BULK")
        for number in range(5):
            self.make_product(f"{batch}-{number}", CHANCE.randint(5, 500), {201, 409})

    @task
    def list_and_order(self) -> None:
        found = self.ask("GET", "/products/?per_page=10", "list products", {200})
        for product in CHANCE.sample(found["products"], min(3, len(found["products"]))) if found else ():
            self.order(product["id"], CHANCE.randint(1, 5), {201, 409})


class StockDepletionRecoveryTest(Visitor):
    wait_time = between(0.5, 1.5)

    def on_start(self) -> None:
        self.product = self.make_product(new_sku("DEPLETION"), 10, {201})

    @task(3)
    def deplete(self) -> None:
        if self.product:
            self.order(self.product["id"], CHANCE.randint(1, 5), {201, 409})

    @task(1)
    def recover(self) -> None:
        if self.product:
            change = {"adjustment": CHANCE.randint(5, 20), "reason": "restock"}
            self.ask("POST", f"/products/{self.product['id']}/stock/adjust", "adjust stock", {200}, json=change)


class HighFrequencyMonitoringTest(Visitor):
    wait_time = between(0.5, 1)

    @task(5)
    def health(self) -> None:
        self.ask("GET", "/health", "health", {200})

    @task(3)
    def summary(self) -> None:
        self.ask("GET", "/summary", "summary", {200})

    @task(2)
    def recent(self) -> None:
        self.ask("GET", "/orders/recent", "recent orders", {200}, params={"limit": 20})


class ErrorConditionTest(Visitor):
    wait_time = between(2, 5)

    @task
    def unknown_ids(self) -> None:
        unknown = CHANCE.randint(99900, 99999)
        self.ask("GET", f"/products/{unknown}", "unknown product", {404})
        self.ask("POST", "/orders/", "order of an unknown product", {404}, json={"product_id": unknown, "quantity": 1})

    @task
    def bad_data(self) -> None:
        bad = {"sku": "", "name": "A", "price": -10.0, "stock": -5}
        self.ask("POST", "/products/", "bad product", {422}, json=bad)
        self.ask("POST", "/orders/", "bad order", {422}, json={"product_id": -1, "quantity": 0})
