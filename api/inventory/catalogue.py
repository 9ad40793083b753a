"""What clients look at: products, orders, figures. Reads only; nothing here is contended.

Answers leave the database as JSON in the shapes of schemas.py, so no row is made into objects and back.
"""

from decimal import Decimal

from api import errors
from api.database import Database
from api.inventory import rules, schemas

LOW_STOCK = 10


async def _read(database: Database, statement: str, *parameters: object) -> str | None:
    async with database.connection() as connection:
        answer: str | None = await connection.fetchval(statement, *parameters)
        return answer


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


async def list_products(
    database: Database,
    page: int,
    per_page: int,
    search: str | None,
    min_price: Decimal | None,
    max_price: Decimal | None,
    in_stock_only: bool,
) -> str:
    """One page of the products that fit, as `ProductList`; prices inclusive."""
    low, high = (None if price is None else schemas.to_cents(price) for price in (min_price, max_price))
    listed = await _read(database, LIST_PRODUCTS, page, per_page, search, low, high, in_stock_only)
    assert listed is not None
    return listed


FIND_PRODUCT = f"select {PRODUCT} from inventory.products p where id = $1"


async def find_product(database: Database, product_id: int) -> str:
    """One product, as `Product`.

    Raises:
        ProblemError: `product_not_found`.
    """
    found = await _read(database, FIND_PRODUCT, product_id)
    if found is None:
        raise errors.ProblemError(rules.PRODUCT_NOT_FOUND)
    return found


LIST_LOW_STOCK = f"""
select coalesce(json_agg({PRODUCT}), '[]')
from (select * from inventory.products where stock <= $1 order by stock, id limit $2) p
"""


async def list_low_stock(database: Database, threshold: int, limit: int) -> str:
    """The products with at most so much in stock, the scarcest first, as a list of `Product`."""
    listed = await _read(database, LIST_LOW_STOCK, threshold, limit)
    assert listed is not None
    return listed


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


async def list_orders(database: Database, page: int, per_page: int, status: rules.Status | None) -> str:
    """One page of orders, the newest first, as `OrderList`."""
    listed = await _read(database, LIST_ORDERS, page, per_page, status)
    assert listed is not None
    return listed


RECENT_ORDERS = """
select coalesce(json_agg(answer), '[]')
from (select answer from inventory.order_answers order by id desc limit $1) a
"""


async def list_recent_orders(database: Database, limit: int) -> str:
    """The newest orders, as a list of `Order`."""
    listed = await _read(database, RECENT_ORDERS, limit)
    assert listed is not None
    return listed


FIND_ORDER = f"""
select (a.answer::jsonb || jsonb_build_object('product', (
    select {PRODUCT} from inventory.products p where p.id = (a.answer ->> 'product_id')::integer
)))::text
from inventory.order_answers a
where a.id = $1
"""


async def find_order(database: Database, order_id: int) -> str:
    """One order, as `OrderDetail`.

    Raises:
        ProblemError: `order_not_found`.
    """
    found = await _read(database, FIND_ORDER, order_id)
    if found is None:
        raise errors.ProblemError(rules.ORDER_NOT_FOUND)
    return found


SUMMARIZE = """
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
"""


async def summarize(database: Database) -> str:
    """The dashboard, as `Summary`."""
    summary = await _read(database, SUMMARIZE, LOW_STOCK)
    assert summary is not None
    return summary
