"""What the reads of the inventory show: entities with their facts, and totals."""

import os
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from typing import Any

from stampede.crowd import Claim, Page, Seen, fields

# The dashboard is cached. A request may share a cache lookup that began before it and hit just before the expiry.
SUMMARY_STALE_S = int(os.environ.get("CACHE_TTL_S", "5")) + 1
CENTS = 100
STATUSES = ("PENDING", "PAID", "SHIPPED", "CANCELED")

take_product = fields("id", "sku", "name", "price", "stock")
_take_order = fields("id", "product_id", "quantity", "status", "created_at", "total_value", "lines")
Item = tuple[str, Mapping[str, Any]]
See = Callable[[Any], Seen]
RECENT_ORDERS = 5


def take_order(body: Any) -> Mapping[str, Any]:
    """An order; its lines as one text, `5x2@1250,7x1@300`: product, quantity, unit price in cents."""
    lines = sorted(body["lines"], key=lambda line: int(line["product_id"]))
    text = ",".join(f"{line['product_id']}x{line['quantity']}@{round(line['unit_price'] * CENTS)}" for line in lines)
    return _take_order({**body, "lines": text})


def _products(rows: Any) -> list[Item]:
    return [(f"product {row['id']}", take_product(row)) for row in rows]


def _orders(rows: Any) -> list[Item]:
    return [(f"order {row['id']}", take_order(row)) for row in rows]


def _contradictions(body: Any, number: int, size: int) -> list[Item]:
    """What a list tells of its pages, as an item that no state matches, if that is not what was asked for."""
    shown = {name: body[name] for name in ("page", "per_page", "total_pages")}
    expected = {"page": number, "per_page": size, "total_pages": -(-body["total"] // size)}
    return [] if shown == expected else [(f"list of {body['total']}", shown)]


@cache
def see_products(number: int, size: int) -> See:
    """A page of all products by id, and their number."""

    def see(body: Any) -> Seen:
        claim = Claim("product", page=Page(number, size, "id", body["total"]))
        return Seen(
            _products(body["products"]) + _contradictions(body, number, size), claim, {"products": body["total"]}
        )

    return see


def see_search(conditions: tuple[str, ...], size: int) -> See:
    """The first page of the products that were searched for; some may have been left out for their name."""

    def see(body: Any) -> Seen:
        page = Page(1, size, "id", body["total"])
        claim = Claim("product", conditions=conditions, complete=False, page=page)
        return Seen(_products(body["products"]) + _contradictions(body, 1, size), claim)

    return see


@cache
def see_low_stock(threshold: int, limit: int) -> See:
    """The products that run out, the scarcest first: all of them, if they are fewer than the limit."""

    def see(body: Any) -> Seen:
        rows = body["products"] if isinstance(body, dict) else body
        condition = f"stock <= {threshold}"
        page = Page(1, limit, "stock")
        return Seen(_products(rows), Claim("product", {}, False, (condition,), len(rows) < limit, page))

    return see


def see_product(product_id: int, body: Any) -> Seen:
    """One product."""
    return Seen([(f"product {product_id}", take_product(body))])


@cache
def see_orders(status: str | None, number: int, size: int) -> See:
    """A page of orders, the newest first, and the number of all with that status."""
    name, where = (f"orders {status}", {"status": status}) if status else ("orders", {})

    def see(body: Any) -> Seen:
        claim = Claim("order", where, page=Page(number, size, "-id", body["total"]))
        return Seen(_orders(body["orders"]) + _contradictions(body, number, size), claim, {name: body["total"]})

    return see


@cache
def see_recent_orders(limit: int) -> See:
    """The newest orders."""
    return lambda body: Seen(_orders(body), Claim("order", page=Page(1, limit, "-id")))


def see_order(order_id: int, body: Any) -> Seen:
    """One order, and its product if there is only one.

    If that product is missing, its item has the fact `absent` in each field: no state matches it.
    """
    order = {name: value for name, value in body.items() if name != "product"}
    items: list[Item] = [(f"order {order_id}", take_order(order))]
    if body["product"] is not None or order["product_id"] is not None:
        items.append((f"product {order['product_id']}", take_product(body["product"] or {})))
    return Seen(items)


def see_summary(body: Any) -> Seen:
    """Numbers of products and orders, and the newest orders; it may be a few seconds old.

    The answer has some numbers twice. If the two differ, they are an item that no state matches.
    """
    products, orders, again = body["inventory"]["products"], body["inventory"]["orders"], body["orders"]
    twice = {
        "orders": (orders["total"], again["total_orders"]),
        **{f"orders {name}": (orders[name.lower()], again["status_breakdown"][name]) for name in STATUSES},
        "quantity_ordered": (orders["total_quantity_ordered"], again["total_quantity_ordered"]),
    }
    counts = {
        "products": products["total"],
        "in_stock": products["in_stock"],
        "out_of_stock": products["out_of_stock"],
        "low_stock": products["low_stock_count"],
        "stock_quantity": products["total_stock_quantity"],
        "stock_value_cents": _to_cents(products["total_stock_value"]),
        **{name: first for name, (first, _) in twice.items()},
        "order_value_cents": _to_cents(again["total_order_value"]),
    }
    differing: list[Item] = [
        (f"total {name}", {"inventory": first, "orders": second})
        for name, (first, second) in twice.items()
        if first != second
    ]
    newest = Claim("order", page=Page(1, RECENT_ORDERS, "-id"))
    return Seen(_orders(again["recent_orders"]) + differing, newest, counts, SUMMARY_STALE_S)


def _to_cents(amount: Any) -> float:
    """Cents of a JSON number, from its shortest text: exact up to 15 digits, and a part of a cent stays."""
    return float(Decimal(repr(amount)) * CENTS)
