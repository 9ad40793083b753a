"""How a write to products and orders is decided: what is locked and read, what the client is told, what is written.

Everybody locks in one order: an order's row first, then products by id.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from api.guards.contention import Contended, Counts, Row
from api.guards.decision import decide_alone
from api.guards.writes import Answer, Decided, Events, Write
from api.inventory import queries, rules, schemas
from api.inventory.rules import Asked, Line, Order, Product, Warehouse
from api.problems import Problem
from api.storage.database import Database, Transaction
from api.storage.session import Query, Record

PRODUCTS, ORDERS = "inventory.products", "inventory.orders"
EVENTS = Events(
    "inventory.events", "action, product_id, product_version, order_id, order_version, status", rules.REFUSALS
)
READ_LINES = "select product_id from inventory.order_lines where order_id = $1"


async def contend(database: Database, asked: Asked) -> Contended[Asked]:
    """What a write contends for: its order, and every product whose stock it may change."""
    products = {line.product_id for line in asked.lines}
    if asked.product_id is not None:
        products.add(asked.product_id)
    if asked.action == "cancel":
        # An order's lines never change once they are there.
        lines = await database.fetch(Query(READ_LINES, (asked.order_id,)), for_write=True)
        products.update(row["product_id"] for row in lines)
    orders = [] if asked.order_id is None else [Row(ORDERS, asked.order_id)]
    return Contended((*orders, *(Row(PRODUCTS, product_id) for product_id in sorted(products))), Stocks())


class Stocks:
    """Decides every write to products and orders that are there."""

    events = EVENTS
    violations: Mapping[str, Problem] = {}

    def read(self, rows: Sequence[Row], writes: Sequence[Write[Asked]]) -> Query:
        """The contended rows, and numbers for orders that may be placed."""
        orders_asked = sum(write.asked.action == "order" for write in writes)
        return queries.read_state(_ids(rows, PRODUCTS), _ids(rows, ORDERS), orders_asked)

    def open(self, rows: Sequence[Row], found: Sequence[Record]) -> "WarehouseDesk":
        """Products and orders as they were found."""
        return WarehouseDesk(json.loads(found[0]["state"]))

    def at_once(self, write: Write[Asked]) -> Query:
        """One call of the function in sql/schema/inventory.sql, which takes the same locks in the same order."""
        return Query(queries.DECIDE, (json.dumps(asdict(write.asked)), write.key, write.fingerprint))


def _ids(rows: Sequence[Row], table: str) -> list[Any]:
    return [row.id for row in rows if row.table == table]


class WarehouseDesk:
    """Products and orders while writes for them are decided."""

    def __init__(self, state: Mapping[str, Any]) -> None:
        products = {one["id"]: Product(**one) for one in state["products"]}
        orders = {
            one["id"]: Order(**{**one, "lines": tuple(Line(**line) for line in one["lines"])})
            for one in state["orders"]
        }
        self._warehouse = Warehouse(products, orders, state["new_order_ids"], state["now"])
        self._products, self._orders = dict(products), dict(orders)

    @property
    def changed(self) -> int:
        """How many products and orders have changed."""
        products = [key for key, now in self._warehouse.products.items() if now != self._products[key]]
        orders = [key for key, now in self._warehouse.orders.items() if now != self._orders[key]]
        return len(products) + len(orders)

    def counts(self) -> dict[Row, Counts]:
        """Pieces sold and version of each product, version of each order, also of those placed."""
        warehouse = self._warehouse
        products = {
            Row(PRODUCTS, key): {"sold": one.sold, "version": one.version} for key, one in warehouse.products.items()
        }
        orders = {
            Row(ORDERS, one.id): {"version": one.version} for one in (*warehouse.orders.values(), *warehouse.placed)
        }
        return {**products, **orders}

    def recount(self, row: Row, counts: Counts) -> None:
        """Decide on other counts."""
        key = int(row.id)
        if row.table == PRODUCTS:
            self._products[key] = self._warehouse.products[key].recounted(**counts)
            self._warehouse.products[key] = self._products[key]
        else:
            self._orders[key] = replace(self._warehouse.orders[key], version=counts["version"])
            self._warehouse.orders[key] = self._orders[key]

    def decide(self, write: Write[Asked]) -> Decided:
        """Decide one write."""
        asked = write.asked
        before = self._warehouse.orders.get(asked.order_id or 0)
        decided = self._warehouse.decide(asked)
        event: dict[str, object] = {"action": asked.action, "product_id": asked.product_id, "order_id": asked.order_id}
        if isinstance(decided, Problem):
            return Decided(decided, event)
        if isinstance(decided, Product):
            return Decided(schemas.Product.of(decided).model_dump_json(), event | {"product_version": decided.version})
        if decided is not before:  # else canceled before
            event |= {"order_id": decided.id, "order_version": decided.version, "status": decided.status}
        return Decided(schemas.Order.of(decided).model_dump_json(), event)

    def write(self, *, compare_versions: bool) -> Query:
        """Every change; contended rows in the order of locking."""
        warehouse = self._warehouse
        changes: dict[str, list[dict[str, Any]]] = {
            "products": [
                {**asdict(now), "version_read": self._products[key].version}
                for key, now in sorted(warehouse.products.items())
                if now != self._products[key]
            ],
            "orders": [
                {"id": key, "status": now.status, "version": now.version, "version_read": self._orders[key].version}
                for key, now in sorted(warehouse.orders.items())
                if now != self._orders[key]
            ],
            "placed": [
                {"id": order.id, "total_cents": order.total_cents, "created_at": order.created_at}
                for order in warehouse.placed
            ],
            "lines": [{"order_id": order.id, **asdict(line)} for order in warehouse.placed for line in order.lines],
            "movements": [asdict(movement) for movement in warehouse.movements],
            "payments": [asdict(payment) for payment in warehouse.payments],
        }
        return queries.write_changes(changes, compare_versions=compare_versions)


# Looks first: a conflict would use up an id.
CREATE = """
insert into inventory.products (sku, name, price_cents, stock, initial_name, initial_stock, initial_price_cents)
select $1, $2, $3, $4, $2, $4, $3
where not exists (select from inventory.products where sku = $1)
on conflict on constraint products_sku_key do nothing
returning id
"""


async def create_product(database: Database, write: Write[Asked], product: schemas.NewProduct) -> Answer:
    """Make a product. Nobody can lock a row that is not there yet, so the SKU's constraint guards it.

    Raises:
        ProblemError: the database's own problems.
    """
    sku, price_cents = product.sku.upper(), schemas.to_cents(product.price)

    async def create(transaction: Transaction) -> Decided:
        (made,) = await transaction.write(Query(CREATE, (sku, product.name, price_cents, product.stock)))
        if not made:
            return Decided(rules.SKU_TAKEN, {"action": "create_product"})
        new_id = made[0]["id"]
        told = schemas.Product(id=new_id, sku=sku, name=product.name, price=product.price, stock=product.stock)
        return Decided(told.model_dump_json(), {"action": "create_product", "product_id": new_id})

    return await decide_alone(database, EVENTS, write, create)
