"""The inventory API as its customers and its clerks use it (contracts/inventory.md)."""

from collections.abc import Iterable
from dataclasses import replace
from hashlib import blake2s
from itertools import count
from typing import Any
from urllib.parse import urlencode

from locust.contrib.fasthttp import FastHttpSession

from locustfiles.utils.crowd import ROSTER, Crowd
from locustfiles.utils.exchange import COMPLEX, OK, Write, read, visit, write
from locustfiles.utils.outcome import Outcome

PAGE_LENGTH = 100
NO_PRODUCT = frozenset({"product_not_found"})
NO_ORDER = frozenset({"order_not_found"})
INVALID = frozenset({"invalid_request"})
SOLD_OUT = OK | {"sold_out"}
MOVED = OK | NO_ORDER | {"illegal_transition"}

CREATE_PRODUCT = Write("create_product", "Create Product", OK | {"sku_taken"})
CREATE_PRODUCT_OF_MANY = replace(CREATE_PRODUCT, name="Bulk Create Product", context=COMPLEX)
UPDATE_PRODUCT = Write("update_product", "Update Product", OK | NO_PRODUCT, method="PUT")
ADJUST = Write("adjust", "Adjust Stock")
RESTOCK = Write("restock", "Restock Product")
ORDER = Write("order", "Create Order", SOLD_OUT)
ORDER_OF_MANY = Write("order", "Bulk Create Order", SOLD_OUT, context=COMPLEX)
PAY = Write("pay", "Pay Order", MOVED)
SHIP = Write("ship", "Ship Order", MOVED)
CANCEL = Write("cancel", "Cancel Order", MOVED)

NUMBERS = count(1)


def make_sku(kind: str, crowd: Crowd, number: int) -> str:
    """A SKU that no other worker or run makes; a run may bear any name, so its digest stands for it."""
    run = blake2s(crowd.run_id.encode(), digest_size=6).hexdigest()
    return f"{kind[:16]}-{run}-{crowd.rank}-{number}".upper()


def next_sku(kind: str) -> str:
    """A SKU that was not used before."""
    assert ROSTER.crowd is not None
    return make_sku(kind, ROSTER.crowd, next(NUMBERS))


def add_query(path: str, **query: Any) -> str:
    """The path with those parameters that are not None."""
    given = {name: value for name, value in query.items() if value is not None}
    return f"{path}?{urlencode(given)}" if given else path


def _is_product_page(answer: Any) -> bool:
    return isinstance(answer, dict) and isinstance(answer.get("products"), list)


class InventoryClient:
    """One method per endpoint; every request bears a name of its own in the statistics."""

    def __init__(self, http: FastHttpSession) -> None:
        self._http = http

    def list_products(self, page: int | None = None, per_page: int = 10) -> list[dict[str, Any]]:
        """The products of one page; empty past the end, and where there was no readable answer."""
        path = add_query("/products/", page=page, per_page=per_page)
        answer = read(self._http, path, "List Products", _is_product_page)
        return list(answer["products"]) if answer else []

    def list_all_products(self) -> list[dict[str, Any]]:
        """Every product, page by page."""
        products: list[dict[str, Any]] = []
        for page in count(1):
            found = self.list_products(page, PAGE_LENGTH)
            products += found
            if len(found) < PAGE_LENGTH:
                break
        return products

    def search_products(self, **query: Any) -> None:
        """Search by any of `search`, `min_price`, `max_price`, `in_stock_only`."""
        visit(self._http, add_query("/products/", **query), "Search Products", context=COMPLEX)

    def view_product(self, product_id: int, expected: frozenset[str] = OK | NO_PRODUCT) -> None:
        """Fetch one product; that there is none is an outcome."""
        visit(self._http, f"/products/{product_id}", "View Product", expected)

    def list_low_stock(self, threshold: int = 10) -> None:
        """Fetch the products that run out."""
        visit(self._http, add_query("/products/low-stock", threshold=threshold), "List Low Stock")

    def create_product(self, product: dict[str, Any], kind: Write = CREATE_PRODUCT) -> Outcome:
        """Make a product of `sku`, `name`, `price`, `stock`; a taken SKU is an outcome."""
        return write(self._http, kind, "/products/", str(product["sku"]), args=product, body=product)

    def update_product(self, product_id: int, changes: dict[str, Any]) -> Outcome:
        """Change any of `name`, `price`, `stock`."""
        path = f"/products/{product_id}"
        return write(self._http, UPDATE_PRODUCT, path, f"product {product_id}", args=changes, body=changes)

    def adjust_stock(self, product_id: int, adjustment: int, reason: str, expected: frozenset[str] = OK) -> Outcome:
        """Add to the stock, or take from it as far as it goes."""
        path, kind = f"/products/{product_id}/stock/adjust", replace(ADJUST, expected=expected)
        args = {"adjustment": adjustment}
        return write(self._http, kind, path, f"product {product_id}", args=args, body={**args, "reason": reason})

    def restock(self, product_id: int, quantity: int) -> Outcome:
        """Add to the stock."""
        path, args = f"/products/{product_id}/restock", {"quantity": quantity}
        return write(self._http, RESTOCK, path, f"product {product_id}", args=args, body=args)

    def order(self, product_id: int, quantity: int, expected: frozenset[str] = SOLD_OUT) -> Outcome:
        """Order one product; that it is sold out is an outcome."""
        line = {"product_id": product_id, "quantity": quantity}
        kind = replace(ORDER, expected=expected)
        return write(self._http, kind, "/orders/", f"product {product_id}", args={"lines": [line]}, body=line)

    def order_many(self, lines: Iterable[tuple[int, int]]) -> Outcome:
        """Order several products (id and quantity) at once, all or nothing."""
        named = [{"product_id": product_id, "quantity": quantity} for product_id, quantity in lines]
        args = {"lines": named}
        return write(
            self._http, ORDER_OF_MANY, "/orders/bulk", f"product {named[0]['product_id']}", args=args, body=args
        )

    def list_orders(self, page: int, per_page: int, status: str | None = None) -> None:
        """Fetch a page of orders."""
        path = add_query("/orders/", page=page, per_page=per_page, status=status)
        visit(self._http, path, "List Orders")

    def list_recent_orders(self, limit: int) -> None:
        """Fetch the newest orders."""
        visit(self._http, add_query("/orders/recent", limit=limit), "List Recent Orders")

    def view_order(self, order_id: int) -> None:
        """Fetch one order; that there is none is an outcome."""
        visit(self._http, f"/orders/{order_id}", "View Order", OK | NO_ORDER)

    def pay(self, order_id: int, amount: float | None = None, expected: frozenset[str] = MOVED) -> Outcome:
        """Pay an order; that it is not to be paid is an outcome."""
        body = None if amount is None else {"amount": amount}
        kind = replace(PAY, expected=expected)
        return write(self._http, kind, f"/orders/{order_id}/pay", f"order {order_id}", args=body, body=body)

    def ship(self, order_id: int, expected: frozenset[str] = MOVED) -> Outcome:
        """Ship an order; that it is not to be shipped is an outcome."""
        return write(self._http, replace(SHIP, expected=expected), f"/orders/{order_id}/ship", f"order {order_id}")

    def cancel(self, order_id: int) -> Outcome:
        """Cancel an order; that it was shipped is an outcome."""
        return write(self._http, CANCEL, f"/orders/{order_id}/cancel", f"order {order_id}")

    def check_health(self) -> None:
        """Ask whether all is well."""
        visit(self._http, "/health", "Check Health")

    def view_summary(self) -> None:
        """Fetch the sums over all products and orders."""
        visit(self._http, "/summary", "View Summary", context=COMPLEX)

    def view_docs(self) -> None:
        """Fetch the documentation page."""
        visit(self._http, "/docs", "View Docs")
