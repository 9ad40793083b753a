"""How a write to products and orders is decided: what is locked and read, what the client is told, what is written.

Everybody locks in one order: an order's row first, then products by id.
"""

import json
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from api.guards.contention import Answer, Contended, Counts, Decided, Row, Stored, Told, Write
from api.guards.decision import once_per_key, replay
from api.inventory import queries, rules, schemas
from api.inventory.rules import Asked, Line, Order, Product, Warehouse
from api.problems import Problem
from api.storage.database import Database
from api.storage.session import Query, Record

PRODUCTS, ORDERS = "inventory.products", "inventory.orders"


@dataclass(frozen=True, slots=True)
class Event:
    """A row to be of inventory.events; `answer` is JSON."""

    action: str
    product_id: int | None
    order_id: int | None
    op_id: str | None
    request_hash: str | None
    product_version: int | None = None
    order_version: int | None = None
    status: str | None = None
    refusal: str | None = None
    answer: str | None = None


READ_LINES = "select product_id from inventory.order_lines where order_id = $1"


async def contend(database: Database, asked: Asked) -> Contended[Asked]:
    """What a write contends for: its order, and every product whose stock it may change."""
    products = {line.product_id for line in asked.lines}
    if asked.product_id is not None:
        products.add(asked.product_id)
    if asked.action == "cancel":
        # An order's lines never change once they are there.
        lines = await database.fetch(READ_LINES, asked.order_id, for_write=True)
        products.update(row["product_id"] for row in lines)
    orders = [] if asked.order_id is None else [Row(ORDERS, asked.order_id)]
    return Contended((*orders, *(Row(PRODUCTS, product_id) for product_id in sorted(products))), Stocks())


class Stocks:
    """Decides every write to products and orders that are there."""

    violations: Mapping[str, Problem] = {}

    def read(self, rows: Sequence[Row], writes: Sequence[Write[Asked]]) -> Query:
        """The contended rows, what keys were told before, and numbers for orders that may be placed."""
        keys = [write.key for write in writes if write.key is not None]
        orders_asked = sum(write.asked.action == "order" for write in writes)
        return queries.read_state(_ids(rows, PRODUCTS), _ids(rows, ORDERS), keys, orders_asked)

    def open(self, rows: Sequence[Row], found: Sequence[Record], writes: Sequence[Write[Asked]]) -> "WarehouseDesk":
        """Products and orders as they were found."""
        return WarehouseDesk(json.loads(found[0]["state"]))

    def at_once(self, write: Write[Asked]) -> Query:
        """One call of the function in sql/schema/inventory.sql, which takes the same locks in the same order."""
        return Query(queries.DECIDE, (json.dumps(asdict(write.asked)), write.key, write.fingerprint))

    def answer_at_once(self, found: Record, write: Write[Asked]) -> Answer:
        """What the function tells."""
        told = _read_told(found["refusal"], found["answer"])
        return replay(Stored(found["request_hash"], told), write) if found["replayed"] else Answer(told)


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
        self.stored: dict[Hashable, Stored] = {
            (None, key): Stored(fingerprint, _read_told(refusal, answer))
            for key, (fingerprint, refusal, answer) in state["answered"].items()
        }

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
        """Decide one write; its answer is kept with its event."""
        asked = write.asked
        before = self._warehouse.orders.get(asked.order_id or 0)
        decided = self._warehouse.decide(asked)
        event = Event(asked.action, asked.product_id, asked.order_id, write.key, write.fingerprint)
        if isinstance(decided, Problem):
            return Decided(decided, replace(event, refusal=decided.code))
        if isinstance(decided, Product):
            answer = schemas.Product.of(decided).model_dump_json()
            return Decided(answer, replace(event, product_version=decided.version, answer=answer))
        answer = schemas.Order.of(decided).model_dump_json()
        if decided is before:  # canceled before
            return Decided(answer, replace(event, answer=answer))
        made = replace(event, order_id=decided.id, order_version=decided.version, status=decided.status, answer=answer)
        return Decided(answer, made)

    def write(self, events: Sequence[Any], *, compare_versions: bool) -> Query | None:
        """Every change and the events; contended rows in the order of locking."""
        return queries.write_changes(self._changes(events), compare_versions=compare_versions) if events else None

    def _changes(self, events: Sequence[Event]) -> dict[str, list[dict[str, Any]]]:
        warehouse = self._warehouse
        return {
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
            "events": [asdict(event) for event in events],
        }


def _read_told(refusal: str | None, answer: str | None) -> Told:
    """The answer that an event, stored or to be stored, stands for."""
    return rules.REFUSALS[refusal] if refusal is not None else answer or ""


RECALL = "select request_hash, refusal, answer from inventory.events where op_id = $1"
# Looks first: a conflict would use up an id.
CREATE = """
insert into inventory.products (sku, name, price_cents, stock, initial_name, initial_stock, initial_price_cents)
select $1, $2, $3, $4, $2, $4, $3
where not exists (select from inventory.products where sku = $1)
on conflict on constraint products_sku_key do nothing
returning id
"""
TELL = """
insert into inventory.events (action, product_id, refusal, op_id, request_hash, answer)
values ('create_product', $1, $2, $3, $4, $5)
"""


async def create_product(database: Database, write: Write[Asked], product: schemas.NewProduct) -> Answer:
    """Make a product. Nobody can lock a row that is not there yet, so the SKU's constraint guards it.

    Raises:
        ProblemError: the database's own problems.
    """
    return await once_per_key(lambda: _create(database, write, product))


async def _create(database: Database, write: Write[Asked], product: schemas.NewProduct) -> Answer:
    sku, price_cents = product.sku.upper(), schemas.to_cents(product.price)
    async with database.transaction() as transaction:
        for known in await transaction.fetch(Query(RECALL, (write.key,))):
            return replay(Stored(known["request_hash"], _read_told(known["refusal"], known["answer"])), write)
        made = await transaction.write(Query(CREATE, (sku, product.name, price_cents, product.stock)))
        new_id = made[0]["id"] if made else None
        answer = schemas.Product(id=new_id or 0, sku=sku, name=product.name, price=product.price, stock=product.stock)
        refusal, told = (None, answer.model_dump_json()) if made else (rules.SKU_TAKEN.code, None)
        if made or write.key is not None:
            event = (new_id, refusal, write.key, write.fingerprint, told)
            await transaction.write(Query(TELL, event), commits=True)
        return Answer(_read_told(refusal, told))
