"""The transactions of orders and inventory; each statement stands above the function that runs it.

Everybody locks in one order: an order's row first, then products by id.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property, partial

from api import errors
from api.contention import Contended, Guarded, Row, Strategy
from api.database import Database
from api.idempotency import Answer, decide_once, replay, take_fingerprint
from api.inventory import rules, schemas, store
from api.inventory.rules import Asked, Product, Warehouse
from api.inventory.store import ORDERS, PRODUCTS, Event
from api.pipeline import Pipeline


@dataclass(frozen=True)
class Request:
    """One write as a client asked for it, its path and body as sent. `op_id` is the Idempotency-Key, or None."""

    asked: Asked
    op_id: str | None
    path: str
    body: bytes

    @cached_property
    def fingerprint(self) -> str | None:
        """What a key must be used for again: path and body."""
        return take_fingerprint(self.path, self.body) if self.op_id else None


READ_LINES = "select product_id from inventory.order_lines where order_id = $1"


async def _find_rows(database: Database, asked: Asked) -> tuple[Row, ...]:
    """What the request contends for, in the order of locking. An order's lines never change once they are there."""
    products = {line.product_id for line in asked.lines}
    if asked.product_id is not None:
        products.add(asked.product_id)
    if asked.action == "cancel":
        async with database.connection() as connection:
            products.update(row["product_id"] for row in await connection.fetch(READ_LINES, asked.order_id))
    orders = [] if asked.order_id is None else [Row(ORDERS, asked.order_id)]
    return (*orders, *(Row(PRODUCTS, product_id) for product_id in sorted(products)))


async def decide(database: Database, strategy: Strategy, request: Request) -> Answer:
    """Decide one write in one transaction, guarded by the strategy.

    Raises:
        ProblemError: the database's own problems.
    """
    rows = await _find_rows(database, request.asked)
    contended = Contended(rows, partial(decide_all, rows), decide_at_once)
    return await decide_once(lambda: strategy.decide(database, contended, request))


async def decide_all(rows: Sequence[Row], guarded: Guarded, requests: Sequence[Request]) -> list[Answer]:
    """Decide requests for the same rows in their order: read once, decide in memory, write once."""
    op_ids = [request.op_id for request in requests if request.op_id is not None]
    orders_asked = sum(request.asked.action == "order" for request in requests)
    state = await store.read_state(guarded.connection, rows, op_ids, orders_asked)
    warehouse = await store.open_warehouse(guarded, state)
    before = (dict(warehouse.products), dict(warehouse.orders))
    told = {op_id: (known, _tell(refusal, answer)) for op_id, (known, refusal, answer) in state["answered"].items()}
    answers: list[Answer] = []
    events: list[Event] = []
    for request in requests:
        if request.op_id is not None and request.op_id in told:
            answers.append(replay(*told[request.op_id], request))
            continue
        event = _decide(warehouse, request)
        events.append(event)
        answer = _tell(event.refusal, event.answer)
        answers.append(Answer(answer))
        if request.op_id is not None:
            told[request.op_id] = (request.fingerprint, answer)
    await store.write_changes(guarded, before, warehouse, events)
    return answers


def _tell(refusal: str | None, answer: str | None) -> str | errors.Problem:
    """What an event, stored or to be stored, means to who asked."""
    return rules.REFUSALS[refusal] if refusal is not None else answer or ""


def _decide(warehouse: Warehouse, request: Request) -> Event:
    asked = request.asked
    before = warehouse.orders.get(asked.order_id or 0)
    decided = warehouse.decide(asked)
    event = Event(asked.action, asked.product_id, asked.order_id, request.op_id, request.fingerprint)
    if isinstance(decided, errors.Problem):
        return replace(event, refusal=decided.code)
    if isinstance(decided, Product):
        answer = schemas.Product.of(decided).model_dump_json()
        return replace(event, product_version=decided.version, answer=answer)
    answer = schemas.Order.of(decided).model_dump_json()
    if decided is before:  # canceled before
        return replace(event, answer=answer)
    return replace(event, order_id=decided.id, order_version=decided.version, status=decided.status, answer=answer)


# The function stands in sql/schema/inventory.sql and takes the same locks in the same order.
DECIDE = "select refusal, answer, request_hash, replayed from inventory.decide($1::json, $2, $3)"


async def decide_at_once(pipeline: Pipeline, request: Request) -> Answer:
    """Let the database decide, in one statement that commits by itself."""
    event = await pipeline.fetchrow(DECIDE, json.dumps(asdict(request.asked)), request.op_id, request.fingerprint)
    assert event is not None
    told = _tell(event["refusal"], event["answer"])
    return replay(event["request_hash"], told, request) if event["replayed"] else Answer(told)


RECALL = "select request_hash, refusal, answer::text from inventory.events where op_id = $1"
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


async def create_product(database: Database, request: Request, product: schemas.NewProduct) -> Answer:
    """Make a product. Nobody can lock a row that is not there yet, so the SKU's constraint guards it.

    Raises:
        ProblemError: the database's own problems.
    """
    return await decide_once(lambda: _create(database, request, product))


async def _create(database: Database, request: Request, product: schemas.NewProduct) -> Answer:
    sku, price_cents = product.sku.upper(), schemas.to_cents(product.price)
    async with database.transaction() as connection:
        known = await connection.fetchrow(RECALL, request.op_id) if request.op_id is not None else None
        if known is not None:
            return replay(known["request_hash"], _tell(known["refusal"], known["answer"]), request)
        new_id = await connection.fetchval(CREATE, sku, product.name, price_cents, product.stock)
        made = schemas.Product(id=new_id or 0, sku=sku, name=product.name, price=product.price, stock=product.stock)
        refusal, answer = (None, made.model_dump_json()) if new_id else (rules.SKU_TAKEN.code, None)
        if answer is not None or request.op_id is not None:
            await connection.execute(TELL, new_id, refusal, request.op_id, request.fingerprint, answer)
        return Answer(_tell(refusal, answer))
