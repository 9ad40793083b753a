"""What the reads of the inventory show: entities with their facts, and totals."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from stampede.crowd import Seen, fields

SUMMARY_STALE_S = 5
CENTS = 100

take_product = fields("id", "sku", "name", "price", "stock")
_take_order = fields("id", "product_id", "quantity", "status", "created_at", "total_value", "lines")
Item = tuple[str, Mapping[str, Any]]


def take_order(body: Any) -> Mapping[str, Any]:
    """An order; its lines as one text, `5x2@1250,7x1@300`: product, quantity, unit price in cents."""
    lines = sorted(body["lines"], key=lambda line: int(line["product_id"]))
    text = ",".join(f"{line['product_id']}x{line['quantity']}@{round(line['unit_price'] * CENTS)}" for line in lines)
    return _take_order({**body, "lines": text})


def _products(rows: Any) -> list[Item]:
    return [(f"product {row['id']}", take_product(row)) for row in rows]


def _orders(rows: Any) -> list[Item]:
    return [(f"order {row['id']}", take_order(row)) for row in rows]


def see_products(body: Any) -> Seen:
    """A page of all products, and their number."""
    return Seen(_products(body["products"]), counts={"products": body["total"]})


def see_search(body: Any) -> Seen:
    """A page of products that were searched for."""
    return Seen(_products(body["products"]))


def see_low_stock(body: Any) -> Seen:
    """The products that run out."""
    return Seen(_products(body["products"] if isinstance(body, dict) else body))


def see_product(product_id: int, body: Any) -> Seen:
    """One product."""
    return Seen([(f"product {product_id}", take_product(body))])


@cache
def see_orders(status: str | None) -> Callable[[Any], Seen]:
    """A page of orders, and the number of all with that status."""
    name = f"orders {status}" if status else "orders"
    return lambda body: Seen(_orders(body["orders"]), counts={name: body["total"]})


def see_recent_orders(body: Any) -> Seen:
    """The newest orders."""
    return Seen(_orders(body))


def see_order(order_id: int, body: Any) -> Seen:
    """One order, and its product if there is only one."""
    order = {name: value for name, value in body.items() if name != "product"}
    items: list[Item] = [(f"order {order_id}", take_order(order))]
    if (product := body["product"]) is not None:
        items.append((f"product {order['product_id']}", take_product(product)))
    return Seen(items)


def see_summary(body: Any) -> Seen:
    """Numbers of products and orders, and the newest orders; it may be a few seconds old."""
    products, orders = body["inventory"]["products"], body["inventory"]["orders"]
    counts = {
        "products": products["total"],
        "in_stock": products["in_stock"],
        "out_of_stock": products["out_of_stock"],
        "stock_quantity": products["total_stock_quantity"],
        "orders": orders["total"],
        **{f"orders {status}": orders[status.lower()] for status in ("PENDING", "PAID", "SHIPPED", "CANCELED")},
        "quantity_ordered": orders["total_quantity_ordered"],
    }
    return Seen(_orders(body["orders"]["recent_orders"]), counts=counts, stale_s=SUMMARY_STALE_S)
