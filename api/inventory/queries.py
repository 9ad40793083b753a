"""The statements of inventory: what clients look at, and what a decision reads and writes.

Answers leave the database as JSON in the shapes of schemas.py, so no row is made into objects and back.
"""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal

from api.inventory import rules, schemas
from api.storage.session import Query, Record, id_list

LOW_STOCK = 10
PRODUCT = """
json_build_object('id', p.id, 'sku', p.sku, 'name', p.name, 'price', round(p.price_cents / 100.0, 2), 'stock', p.stock)
"""
LIST_PRODUCTS = f"""
with fitting as not materialized (
    select *
    from inventory.products
    where ($3::text is null or position(lower($3) in lower(name)) > 0 or position(upper($3) in sku) > 0)
      and ($4::bigint is null or price_cents >= $4)
      and ($5::bigint is null or price_cents <= $5)
      and (not $6 or stock > 0)
), counted as (
    select count(*) as total from fitting
)
select json_build_object(
    'products', (
        select coalesce(json_agg({PRODUCT}), '[]')
        from (select * from fitting order by id limit $2 offset ($1 - 1)::bigint * $2) p
    ),
    'total', total, 'page', $1::bigint, 'per_page', $2::bigint, 'total_pages', (total + $2 - 1) / $2
)
from counted
"""


def list_products(
    page: int,
    per_page: int,
    search: str | None,
    min_price: Decimal | None,
    max_price: Decimal | None,
    in_stock_only: bool,
) -> Query:
    """One page of the products that fit, as `ProductList`; prices inclusive."""
    low, high = (None if price is None else schemas.to_cents(price) for price in (min_price, max_price))
    return Query(LIST_PRODUCTS, (page, per_page, search, low, high, in_stock_only))


FIND_PRODUCT = f"select {PRODUCT} from inventory.products p where id = $1"


def find_product(product_id: int) -> Query:
    """One product, as `Product`."""
    return Query(FIND_PRODUCT, (product_id,))


LIST_LOW_STOCK = f"""
select coalesce(json_agg({PRODUCT}), '[]')
from (select * from inventory.products where stock <= $1 order by stock, id limit $2) p
"""


def list_low_stock(threshold: int, limit: int) -> Query:
    """The products with at most so much in stock, the scarcest first, as a list of `Product`."""
    return Query(LIST_LOW_STOCK, (threshold, limit))


LIST_ORDERS = """
with counted as (
    select count(*) as total from inventory.orders where $3::text is null or status = $3
)
select json_build_object(
    'orders', (
        select coalesce(json_agg(answer), '[]')
        from (
            select answer
            from inventory.order_answers
            where $3::text is null or status = $3
            order by id desc
            limit $2 offset ($1 - 1)::bigint * $2
        ) a
    ),
    'total', total, 'page', $1::bigint, 'per_page', $2::bigint, 'total_pages', (total + $2 - 1) / $2
)
from counted
"""


def list_orders(page: int, per_page: int, status: rules.Status | None) -> Query:
    """One page of orders, the newest first, as `OrderList`."""
    return Query(LIST_ORDERS, (page, per_page, status))


RECENT_ORDERS = """
select coalesce(json_agg(answer), '[]')
from (select answer from inventory.order_answers order by id desc limit $1) a
"""


def list_recent_orders(limit: int) -> Query:
    """The newest orders, as a list of `Order`."""
    return Query(RECENT_ORDERS, (limit,))


FIND_ORDER = f"""
select (a.answer::jsonb || jsonb_build_object('product', (
    select {PRODUCT} from inventory.products p where p.id = (a.answer ->> 'product_id')::integer
)))::text
from inventory.order_answers a
where a.id = $1
"""


def find_order(order_id: int) -> Query:
    """One order, as `OrderDetail`."""
    return Query(FIND_ORDER, (order_id,))


# The dashboard, as `Summary`.
SUMMARIZE = Query(
    """
with product as (
    select count(*) as total, count(*) filter (where stock > 0) as in_stock,
           count(*) filter (where stock between 1 and $1) as low, coalesce(sum(stock), 0) as pieces,
           coalesce(sum(stock * price_cents), 0) as value_cents
    from inventory.products
), placed as (
    select count(*) as total, count(*) filter (where status = 'PENDING') as pending,
           count(*) filter (where status = 'PAID') as paid, count(*) filter (where status = 'SHIPPED') as shipped,
           count(*) filter (where status = 'CANCELED') as canceled,
           coalesce(sum(total_cents) filter (where status <> 'CANCELED'), 0) as value_cents
    from inventory.orders
), ordered as (
    select coalesce(sum(l.quantity), 0) as pieces
    from inventory.order_lines l
    join inventory.orders o on o.id = l.order_id
    where o.status <> 'CANCELED'
)
select json_build_object(
    'inventory', json_build_object(
        'products', json_build_object(
            'total', p.total, 'in_stock', p.in_stock, 'out_of_stock', p.total - p.in_stock, 'low_stock_count', p.low,
            'total_stock_quantity', p.pieces, 'total_stock_value', round(p.value_cents / 100.0, 2)
        ),
        'orders', json_build_object(
            'total', o.total, 'pending', o.pending, 'paid', o.paid, 'shipped', o.shipped, 'canceled', o.canceled,
            'total_quantity_ordered', l.pieces
        )
    ),
    'orders', json_build_object(
        'total_orders', o.total,
        'status_breakdown', json_build_object(
            'PENDING', o.pending, 'PAID', o.paid, 'SHIPPED', o.shipped, 'CANCELED', o.canceled
        ),
        'total_quantity_ordered', l.pieces, 'total_order_value', round(o.value_cents / 100.0, 2),
        'recent_orders', (
            select coalesce(json_agg(answer), '[]')
            from (select answer from inventory.order_answers order by id desc limit 5) a
        )
    )
)
from product p, placed o, ordered l
""",
    (LOW_STOCK,),
)

# After the locks, in a statement of its own: its snapshot must be younger than the wait. One document: what is
# contended, and numbers for orders that may be placed.
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
    'new_order_ids', array(select nextval('inventory.orders_id_seq') from generate_series(1, $3)),
    'now', to_char(now() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US')
) as state
"""


def read_state(products: Sequence[int], orders: Sequence[int], orders_asked: int) -> Query:
    """`state`: products, orders, new_order_ids, now."""
    return Query(READ_STATE, (id_list(products), id_list(orders), orders_asked))


# One document again. Gives how many of the contended rows were written; their ids are passed as arrays, too: the
# planner estimates 100 rows for each json_to_recordset, and would scan the tables.
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
    insert into inventory.movements
        (product_id, version, kind, quantity, stock_after, price_cents, order_id, reason, name)
    select *
    from json_to_recordset($1::json -> 'movements') as c (
        product_id integer, version bigint, kind text, quantity bigint, stock_after bigint, price_cents bigint,
        order_id integer, reason text, name text
    )
), paid as (
    insert into inventory.payments (order_id, kind, amount_cents)
    select *
    from json_to_recordset($1::json -> 'payments') as c (order_id integer, kind text, amount_cents bigint)
)
select (select count(*) from product) + (select count(*) from turned) as written
"""


def write_changes(changes: Mapping[str, Sequence[Record]], *, compare_versions: bool) -> Query:
    """Everything that has changed, by the table's part of the statement."""
    lists = (id_list(one["id"] for one in changes[part]) for part in ("products", "orders"))
    return Query(WRITE_CHANGES, (json.dumps(changes), compare_versions, *lists))


DECIDE = "select refusal, answer, request_hash from inventory.decide($1::json, $2, $3)"
