"""What a decision reads and what it writes, each in one statement and as one document."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from api import errors
from api.contention import Guarded, Row
from api.database import Connection
from api.inventory.rules import Line, Order, Product, Warehouse

PRODUCTS, ORDERS = "inventory.products", "inventory.orders"
Before = tuple[dict[int, Product], dict[int, Order]]
Changes = dict[str, list[dict[str, Any]]]

# After the locks, in a statement of its own: its snapshot must be younger than the wait. One document: what is
# contended, the answers that keys were given before, and numbers for orders that may be placed.
READ_STATE = """
select json_build_object(
    'products', (
        select coalesce(json_agg(p), '[]')
        from (
            select id, sku, name, price_cents, stock, version, initial_stock
            from inventory.products
            where id = any ($1::integer[])
        ) p
    ),
    'orders', (
        select coalesce(json_agg(o), '[]')
        from (
            select id, status, total_cents, version,
                   to_char(created_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US') as created_at,
                   (
                       select json_agg(l order by l.product_id)
                       from (
                           select product_id, quantity, unit_price_cents
                           from inventory.order_lines
                           where order_id = orders.id
                       ) l
                   ) as lines
            from inventory.orders
            where id = any ($2::integer[])
        ) o
    ),
    'answered', (
        select coalesce(json_object_agg(op_id, json_build_array(request_hash, refusal, answer::text)), '{}')
        from inventory.events
        where op_id = any ($3::text[])
    ),
    'new_order_ids', array(select nextval('inventory.orders_id_seq') from generate_series(1, $4)),
    'now', to_char(now() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US')
)
"""


async def read_state(
    connection: Connection, rows: Sequence[Row], op_ids: Sequence[str], orders_asked: int
) -> dict[str, Any]:
    """`products`, `orders`, `answered` (hash, refusal and answer by key), `new_order_ids` and `now`."""
    read = await connection.fetchval(
        READ_STATE,
        [row.id for row in rows if row.table == PRODUCTS],
        [row.id for row in rows if row.table == ORDERS],
        op_ids,
        orders_asked,
    )
    state: dict[str, Any] = json.loads(read)
    return state


async def open_warehouse(guarded: Guarded, state: dict[str, Any]) -> Warehouse:
    """What was read, as far as the strategy lets it count."""
    products, orders = {}, {}
    for one in state["products"]:
        product = Product(**one)
        counts = await guarded.recall(Row(PRODUCTS, product.id), {"sold": product.sold, "version": product.version})
        products[product.id] = product.recounted(counts["sold"], counts["version"])
    for one in state["orders"]:
        order = Order(**{**one, "lines": tuple(Line(**line) for line in one["lines"])})
        counts = await guarded.recall(Row(ORDERS, order.id), {"version": order.version})
        orders[order.id] = replace(order, version=counts["version"])
    return Warehouse(products, orders, state["new_order_ids"], state["now"])


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


# One document again. Gives how many of the contended rows were written; their ids come as lists too, or the planner,
# who expects a hundred rows in each part of a document, would read the tables whole.
WRITE_CHANGES = """
with product as (
    update inventory.products p
    set name = c.name, price_cents = c.price_cents, stock = c.stock, version = c.version
    from json_to_recordset($1::json -> 'products') as c (
        id integer, name text, price_cents bigint, stock bigint, version bigint, version_read bigint
    )
    where p.id = c.id and p.id = any ($3::integer[]) and (not $2 or p.version = c.version_read)
    returning p.id
), turned as (
    update inventory.orders o
    set status = c.status, version = c.version
    from json_to_recordset($1::json -> 'orders') as c (id integer, status text, version bigint, version_read bigint)
    where o.id = c.id and o.id = any ($4::integer[]) and (not $2 or o.version = c.version_read)
    returning o.id
), placed as (
    insert into inventory.orders (id, total_cents, created_at)
    select id, total_cents, created_at at time zone 'utc'
    from json_to_recordset($1::json -> 'placed') as c (id integer, total_cents bigint, created_at timestamp)
), line as (
    insert into inventory.order_lines (order_id, product_id, quantity, unit_price_cents)
    select *
    from json_to_recordset($1::json -> 'lines') as c (
        order_id integer, product_id integer, quantity bigint, unit_price_cents bigint
    )
), moved as (
    insert into inventory.movements (product_id, version, kind, quantity, stock_after, price_cents, order_id, reason)
    select *
    from json_to_recordset($1::json -> 'movements') as c (
        product_id integer, version bigint, kind text, quantity bigint, stock_after bigint, price_cents bigint,
        order_id integer, reason text
    )
), paid as (
    insert into inventory.payments (order_id, kind, amount_cents)
    select *
    from json_to_recordset($1::json -> 'payments') as c (order_id integer, kind text, amount_cents bigint)
), told as (
    insert into inventory.events
        (action, product_id, product_version, order_id, order_version, status, refusal, op_id, request_hash, answer)
    select action, product_id, product_version, order_id, order_version, status, refusal, op_id, request_hash,
           answer::jsonb
    from json_to_recordset($1::json -> 'events') as c (
        action text, product_id integer, product_version bigint, order_id integer, order_version bigint,
        status text, refusal text, op_id text, request_hash text, answer text
    )
)
select (select count(*) from product) + (select count(*) from turned)
"""


async def write_changes(
    guarded: Guarded,
    before: Before,
    warehouse: Warehouse,
    events: Sequence[Event],
) -> None:
    """Write everything at once.

    Raises:
        ProblemError: `conflict`, where versions matter and one has changed; nothing was written.
    """
    # A refusal without a key is not asked for again.
    kept = [event for event in events if event.refusal is None or event.op_id is not None]
    if not kept:
        return
    changes = _collect(before, warehouse, kept)
    await _remember(guarded, warehouse, changes)
    changed = len(changes["products"]) + len(changes["orders"])
    written = await guarded.connection.fetchval(
        WRITE_CHANGES,
        json.dumps(changes),
        guarded.version_matters,
        [one["id"] for one in changes["products"]],
        [one["id"] for one in changes["orders"]],
    )
    if guarded.version_matters and written != changed:
        raise errors.ProblemError(errors.CONFLICT)


def _collect(before: Before, warehouse: Warehouse, events: Sequence[Event]) -> Changes:
    """What has changed, as `WRITE_CHANGES` takes it; contended rows in the order of locking."""
    products, orders = before
    return {
        "products": [
            {**asdict(now), "version_read": products[key].version}
            for key, now in sorted(warehouse.products.items())
            if now != products[key]
        ],
        "orders": [
            {"id": key, "status": now.status, "version": now.version, "version_read": orders[key].version}
            for key, now in sorted(warehouse.orders.items())
            if now != orders[key]
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


async def _remember(guarded: Guarded, warehouse: Warehouse, changes: Changes) -> None:
    for one in changes["products"]:
        product = warehouse.products[one["id"]]
        await guarded.remember(Row(PRODUCTS, product.id), {"sold": product.sold, "version": product.version})
    for one in changes["orders"]:
        await guarded.remember(Row(ORDERS, one["id"]), {"version": one["version"]})
    for order in warehouse.placed:
        await guarded.remember(Row(ORDERS, order.id), {"version": order.version})
