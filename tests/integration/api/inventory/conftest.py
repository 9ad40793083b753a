from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import pytest
import redis
import requests
import sqlalchemy as sa

from tests.conftest import Lab
from tests.integration.api.conftest import REQUEST_TIMEOUT_S, WAYS_TO_DECIDE, Targets

Body = Mapping[str, object]


class Shop:
    """Makes products for one test, asks one target, and reads what became of them."""

    def __init__(self, lab: Lab, api_url: str) -> None:
        self.url = f"{api_url}/inventory"
        self.lab = lab

    def ask(self, method: str, path: str, body: Body | None = None, key: str | None = None) -> requests.Response:
        headers = {"Idempotency-Key": key} if key else {}
        return requests.request(method, self.url + path, json=body, headers=headers, timeout=REQUEST_TIMEOUT_S)

    def get(self, path: str, **query: object) -> requests.Response:
        texts = {name: str(value) for name, value in query.items()}
        return requests.get(self.url + path, params=texts, timeout=REQUEST_TIMEOUT_S)

    def product(self, stock: int = 10, price_cents: int = 1999, name: str = "A Product") -> int:
        identity: int = self._write(
            "insert into inventory.products"
            " (sku, name, price_cents, stock, initial_name, initial_stock, initial_price_cents)"
            " values (:sku, :name, :price, :stock, :name, :stock, :price) returning id",
            {"sku": uuid4().hex.upper(), "name": name, "price": price_cents, "stock": stock},
        )
        return identity

    def order(self, product: int, quantity: int = 1, key: str | None = None) -> requests.Response:
        return self.ask("POST", "/orders/", {"product_id": product, "quantity": quantity}, key)

    def order_all(self, lines: Mapping[int, int], key: str | None = None) -> requests.Response:
        wanted = [{"product_id": product, "quantity": quantity} for product, quantity in lines.items()]
        return self.ask("POST", "/orders/bulk", {"lines": wanted}, key)

    def ordered(self, product: int, quantity: int = 1) -> int:
        """The id of an order that was granted."""
        answer = self.order(product, quantity)
        assert answer.status_code == 201, answer.text
        return int(answer.json()["id"])

    def turn(self, order: int, action: str, body: Body | None = None, key: str | None = None) -> requests.Response:
        """Pay, ship or cancel."""
        return self.ask("POST", f"/orders/{order}/{action}", body, key)

    def adjust(self, product: int, adjustment: int, key: str | None = None) -> requests.Response:
        return self.ask("POST", f"/products/{product}/stock/adjust", {"adjustment": adjustment}, key)

    def change(self, product: int, body: Body, key: str | None = None) -> requests.Response:
        return self.ask("PUT", f"/products/{product}", body, key)

    def stock(self, product: int) -> int:
        (row,) = self.rows("select stock from inventory.products where id = :id", id=product)
        return int(row.stock)

    def movements(self, product: int) -> list[tuple[str, int, int]]:
        """What went in or out, in version order: kind, quantity and stock after it; the ledger must add up."""
        (row,) = self.rows("select * from inventory.products where id = :id", id=product)
        moved = self.rows("select * from inventory.movements where product_id = :id order by version", id=product)
        stock = row.initial_stock
        for version, one in enumerate(moved, start=1):
            stock += one.quantity
            assert (one.version, one.stock_after) == (version, stock)
        assert (row.version, row.stock) == (len(moved), stock)
        return [(one.kind, one.quantity, one.stock_after) for one in moved]

    def payments(self, order: int) -> list[tuple[str, int]]:
        """What was captured and given back, in cents."""
        rows = self.rows("select * from inventory.payments where order_id = :id order by id", id=order)
        return [(row.kind, row.amount_cents) for row in rows]

    def status(self, order: int) -> str:
        """The order's status; its events must tell of every version of it once."""
        (row,) = self.rows("select status, version from inventory.orders where id = :id", id=order)
        events = self.rows(
            "select order_version, status from inventory.events"
            " where order_id = :id and order_version is not null order by order_version",
            id=order,
        )
        assert [event.order_version for event in events] == list(range(1, row.version + 1))
        assert events[-1].status == row.status
        return str(row.status)

    def keyed(self, key: str) -> list[Any]:
        """The events that bear a key."""
        return self.rows("select * from inventory.events where op_id = :key", key=key)

    def forget(self, product: int) -> None:
        """Make Redis lose a product's counts."""
        with redis.Redis.from_url(self.lab.settings.redis_url) as client:
            assert client.delete(f"inventory:counts:products:{product}") == 1

    def rows(self, query: str, **values: object) -> list[Any]:
        with self.lab.engine.connect() as connection:
            return list(connection.execute(sa.text(query), values))

    def _write(self, statement: str, values: Mapping[str, object]) -> Any:
        with self.lab.engine.begin() as connection:
            return connection.scalar(sa.text(statement), values)


def assert_refused(answer: requests.Response, status: int, code: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert sorted(answer.json()) == ["code", "detail", "status", "title", "type"]


@pytest.fixture
def shop(lab: Lab) -> Shop:
    """Products of this test's own, at the session's target."""
    return Shop(lab, lab.api_url)


@pytest.fixture(params=WAYS_TO_DECIDE)
def every_shop(request: pytest.FixtureRequest, lab: Lab, targets: Targets) -> Shop:
    """The same, for each way to decide."""
    return Shop(lab, targets.url(request.param))
