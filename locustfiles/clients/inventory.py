"""The inventory API as its customers and its clerks use it (contracts/inventory.md)."""

from collections.abc import Iterable
from dataclasses import replace
from hashlib import blake2s
from itertools import count
from typing import Any
from urllib.parse import urlencode

from locustfiles.clients import views
from stampede.crowd import OK, Kind, Outcome, StampedeUser
from stampede.crowd.roster import Part

# Thresholds go by a request's method, or by this word if it does the work of many.
COMPLEX = {"kind": "complex"}
PAGE_LENGTH = 100
PER_PAGE = 10  # what the API gives unless asked for another length
LOW_STOCK_LIMIT = 50
NO_PRODUCT = frozenset({"product_not_found"})
NO_ORDER = frozenset({"order_not_found"})
INVALID = frozenset({"invalid_request"})
SOLD_OUT = OK | {"sold_out"}
MOVED = OK | NO_ORDER | {"illegal_transition"}
# What a request that does not fit its schema is about.
NOTHING = "invalid"

CREATE_PRODUCT = Kind(
    "create_product",
    "Create Product",
    OK | {"sku_taken"},
    facts=views.take_product,
    key="id",
    creates="product",
)
CREATE_PRODUCT_OF_MANY = replace(CREATE_PRODUCT, name="Bulk Create Product", context=COMPLEX)
UPDATE_PRODUCT = Kind("update_product", "Update Product", OK | NO_PRODUCT, method="PUT", facts=views.take_product)
ADJUST = Kind("adjust", "Adjust Stock", facts=views.take_product)
RESTOCK = Kind("restock", "Restock Product", facts=views.take_product)
ORDER = Kind("order", "Create Order", SOLD_OUT, facts=views.take_order, key="id", creates="order")
ORDER_OF_MANY = replace(ORDER, name="Bulk Create Order", context=COMPLEX)
PAY = Kind("pay", "Pay Order", MOVED, facts=views.take_order)
SHIP = Kind("ship", "Ship Order", MOVED, facts=views.take_order)
CANCEL = Kind("cancel", "Cancel Order", MOVED, facts=views.take_order)

LIST_PRODUCTS = Kind("list_products", "List Products")
SEARCH_PRODUCTS = Kind("search_products", "Search Products", context=COMPLEX)
VIEW_PRODUCT = Kind("view_product", "View Product")
LIST_LOW_STOCK = Kind("list_low_stock", "List Low Stock")
LIST_ORDERS = Kind("list_orders", "List Orders")
LIST_RECENT_ORDERS = Kind("recent_orders", "List Recent Orders")
VIEW_ORDER = Kind("view_order", "View Order", OK | NO_ORDER)
VIEW_SUMMARY = Kind("summary", "View Summary", context=COMPLEX)


def make_sku(kind: str, part: Part, number: int) -> str:
    """A SKU that no other worker or run makes; a run may have any name, so its digest stands for it."""
    run = blake2s(part.run_id.encode(), digest_size=6).hexdigest()
    return f"{kind[:16]}-{run}-{part.rank}-{number}".upper()


def add_query(path: str, **query: Any) -> str:
    """The path with those parameters that are not None."""
    given = {name: value for name, value in query.items() if value is not None}
    return f"{path}?{urlencode(given)}" if given else path


class InventoryClient:
    """One method per endpoint; every request has a name of its own in the statistics."""

    def __init__(self, user: StampedeUser) -> None:
        self._user = user

    def list_products(self, page: int | None = None, per_page: int = PER_PAGE) -> list[dict[str, Any]]:
        """The products of one page; empty past the end, and if there was no readable answer."""
        path = add_query("/products/", page=page, per_page=per_page)
        outcome = self._user.read(LIST_PRODUCTS, path, [], views.see_products(page or 1, per_page), needed=True)
        products = outcome.body.get("products") if isinstance(outcome.body, dict) else None
        return products if outcome.kind == "ok" and isinstance(products, list) else []

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
        bounds = {"min_price": "price >= {}", "max_price": "price <= {}", "in_stock_only": "stock > 0"}
        conditions = tuple(text.format(query[name]) for name, text in bounds.items() if query.get(name))
        self._user.read(SEARCH_PRODUCTS, add_query("/products/", **query), [], views.see_search(conditions, PER_PAGE))

    def view_product(self, product_id: int, expected: frozenset[str] = OK | NO_PRODUCT) -> None:
        """Fetch one product; that there is none is an outcome."""
        kind = replace(VIEW_PRODUCT, expected=expected)
        self._user.read(
            kind, f"/products/{product_id}", [f"product {product_id}"], lambda body: views.see_product(product_id, body)
        )

    def list_low_stock(self, threshold: int = 10) -> None:
        """Fetch the products that run out."""
        path = add_query("/products/low-stock", threshold=threshold, limit=LOW_STOCK_LIMIT)
        self._user.read(LIST_LOW_STOCK, path, [], views.see_low_stock(threshold, LOW_STOCK_LIMIT))

    def create_product(self, product: dict[str, Any], kind: Kind = CREATE_PRODUCT) -> Outcome:
        """Make a product of `sku`, `name`, `price`, `stock`; a taken SKU is an outcome."""
        entity = NOTHING if kind.expected == INVALID else f"sku {str(product['sku']).upper()}"
        return self._user.write(kind, "/products/", [entity], args=product, body=product)

    def update_product(self, product_id: int, changes: dict[str, Any]) -> Outcome:
        """Change any of `name`, `price`, `stock`."""
        return self._write(UPDATE_PRODUCT, f"/products/{product_id}", f"product {product_id}", changes)

    def adjust_stock(self, product_id: int, adjustment: int, reason: str, expected: frozenset[str] = OK) -> Outcome:
        """Add to the stock, or take from it as far as it goes."""
        kind, body = replace(ADJUST, expected=expected), {"adjustment": adjustment, "reason": reason}
        return self._write(kind, f"/products/{product_id}/stock/adjust", f"product {product_id}", body)

    def restock(self, product_id: int, quantity: int) -> Outcome:
        """Add to the stock."""
        return self._write(RESTOCK, f"/products/{product_id}/restock", f"product {product_id}", {"quantity": quantity})

    def order(self, product_id: int, quantity: int, expected: frozenset[str] = SOLD_OUT) -> Outcome:
        """Order one product; that it is sold out is an outcome."""
        entity = NOTHING if expected == INVALID else f"product {product_id}"
        return self._user.write(
            replace(ORDER, expected=expected),
            "/orders/",
            [entity],
            args={entity: {"quantity": quantity}},
            body={"product_id": product_id, "quantity": quantity},
        )

    def order_many(self, lines: Iterable[tuple[int, int]]) -> Outcome:
        """Order several products (id and quantity) at once, all or nothing."""
        args = {f"product {product_id}": {"quantity": quantity} for product_id, quantity in lines}
        named = [{"product_id": int(entity.split()[1]), **asked} for entity, asked in args.items()]
        return self._user.write(ORDER_OF_MANY, "/orders/bulk", list(args), args=args, body={"lines": named})

    def list_orders(self, page: int, per_page: int, status: str | None = None) -> None:
        """Fetch a page of orders."""
        path = add_query("/orders/", page=page, per_page=per_page, status=status)
        self._user.read(LIST_ORDERS, path, [], views.see_orders(status, page, per_page))

    def list_recent_orders(self, limit: int) -> None:
        """Fetch the newest orders."""
        path = add_query("/orders/recent", limit=limit)
        self._user.read(LIST_RECENT_ORDERS, path, [], views.see_recent_orders(limit))

    def view_order(self, order_id: int) -> None:
        """Fetch one order; that there is none is an outcome."""
        self._user.read(
            VIEW_ORDER, f"/orders/{order_id}", [f"order {order_id}"], lambda body: views.see_order(order_id, body)
        )

    def pay(self, order_id: int, amount: float | None = None, expected: frozenset[str] = MOVED) -> Outcome:
        """Pay an order; that it is not to be paid is an outcome."""
        body = None if amount is None else {"amount": amount}
        return self._write(replace(PAY, expected=expected), f"/orders/{order_id}/pay", f"order {order_id}", body)

    def ship(self, order_id: int, expected: frozenset[str] = MOVED) -> Outcome:
        """Ship an order; that it is not to be shipped is an outcome."""
        return self._write(replace(SHIP, expected=expected), f"/orders/{order_id}/ship", f"order {order_id}", None)

    def cancel(self, order_id: int) -> Outcome:
        """Cancel an order; that it was shipped is an outcome."""
        return self._write(CANCEL, f"/orders/{order_id}/cancel", f"order {order_id}", None)

    def check_health(self) -> None:
        """Ask whether all is well."""
        self._user.visit("GET", "/health", "Check Health")

    def view_summary(self) -> None:
        """Fetch the sums over all products and orders."""
        self._user.read(VIEW_SUMMARY, "/summary", [], views.see_summary)

    def view_docs(self) -> None:
        """Fetch the documentation page."""
        self._user.visit("GET", "/docs", "View Docs")

    def _write(self, kind: Kind, path: str, entity: str, body: dict[str, Any] | None) -> Outcome:
        return self._user.write(kind, path, [entity], args=body, body=body)
