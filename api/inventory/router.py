"""The endpoints of contracts/inventory.md, and those that its document names beyond it."""

import asyncio
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Path, Query, Request, Response

from api.inventory import queries, rules, schemas, service
from api.inventory.rules import Asked, Wanted
from api.problems import CACHE_UNAVAILABLE, find_problem
from api.web import resources
from api.web.resources import Key
from api.web.routes import Router

router = Router()
API_VERSION = "1.0.0"

ProductId = Annotated[int, Path(ge=1, le=schemas.MAX_ID)]
OrderId = Annotated[int, Path(ge=1, le=schemas.MAX_ID)]
Page = Annotated[int, Query(ge=1, le=1_000_000)]
PerPage = Annotated[int, Query(ge=1, le=100)]
Limit = Annotated[int, Query(ge=1, le=50)]
Bound = Annotated[schemas.Bound | None, Query()]
Search = Annotated[str | None, Query(max_length=200, pattern=schemas.NO_NUL)]
ORDER_STEPS = (rules.ORDER_NOT_FOUND, rules.ILLEGAL_TRANSITION)


async def _decide(request: Request, key: str | None, asked: Asked, status: int = 200) -> Response:
    contended = await service.contend(resources.database(request), asked)
    return await resources.answer_write(request, contended, await resources.read_write(request, asked, key), status)


@router.write("/products/", "products", schemas.Product, rules.SKU_TAKEN, status=201)
async def create_product(request: Request, product: schemas.NewProduct, idempotency_key: Key = None) -> Response:
    """Make a product; its SKU is kept in upper case."""
    write = await resources.read_write(request, Asked("create_product"), idempotency_key)
    answer = await service.create_product(resources.database(request), write, product)
    return resources.respond_to_write(answer, 201)


@router.read("/products/", "products", schemas.ProductList)
async def list_products(
    request: Request,
    page: Page = 1,
    per_page: PerPage = 10,
    search: Search = None,
    min_price: Bound = None,
    max_price: Bound = None,
    in_stock_only: bool = False,
) -> Response:
    """One page of products; `search` looks into name and SKU."""
    query = queries.list_products(page, per_page, search, min_price, max_price, in_stock_only)
    return await resources.answer_read(request, query)


@router.read("/products/low-stock", "products", list[schemas.Product])
async def list_low_stock(
    request: Request,
    threshold: Annotated[int, Query(ge=0, le=schemas.MAX_STOCK)] = queries.LOW_STOCK,
    limit: PerPage = 50,
) -> Response:
    """What runs out, the scarcest first."""
    return await resources.answer_read(request, queries.list_low_stock(threshold, limit))


@router.read("/products/{product_id}", "products", schemas.Product, rules.PRODUCT_NOT_FOUND)
async def find_product(request: Request, product_id: ProductId) -> Response:
    """One product."""
    return await resources.answer_read(request, queries.find_product(product_id), rules.PRODUCT_NOT_FOUND)


@router.write("/products/{product_id}", "products", schemas.Product, rules.PRODUCT_NOT_FOUND, method="PUT")
async def update_product(
    request: Request, product_id: ProductId, change: schemas.ProductChange, idempotency_key: Key = None
) -> Response:
    """Change what is named; orders keep the price of their time."""
    price_cents = None if change.price is None else schemas.to_cents(change.price)
    asked = Asked(
        "update_product", product_id=product_id, name=change.name, price_cents=price_cents, stock=change.stock
    )
    return await _decide(request, idempotency_key, asked)


@router.write("/products/{product_id}/stock/adjust", "products", schemas.Product, rules.PRODUCT_NOT_FOUND)
async def adjust_stock(
    request: Request, product_id: ProductId, change: schemas.Adjustment, idempotency_key: Key = None
) -> Response:
    """Count pieces in or out; never refused for want of stock, which ends at 0 at the lowest."""
    asked = Asked("adjust", product_id=product_id, adjustment=change.adjustment, reason=change.reason)
    return await _decide(request, idempotency_key, asked)


@router.write("/products/{product_id}/restock", "products", schemas.Product, rules.PRODUCT_NOT_FOUND)
async def restock(
    request: Request, product_id: ProductId, delivery: schemas.Restock, idempotency_key: Key = None
) -> Response:
    """Count a delivery in."""
    return await _decide(request, idempotency_key, Asked("restock", product_id=product_id, quantity=delivery.quantity))


@router.write("/orders/", "orders", schemas.Order, rules.PRODUCT_NOT_FOUND, rules.SOLD_OUT, status=201)
async def place_order(request: Request, line: schemas.NewLine, idempotency_key: Key = None) -> Response:
    """Order pieces of one product: stock is taken at once, or the order is refused."""
    asked = Asked("order", lines=(Wanted(line.product_id, line.quantity),))
    return await _decide(request, idempotency_key, asked, status=201)


@router.write("/orders/bulk", "orders", schemas.Order, rules.PRODUCT_NOT_FOUND, rules.SOLD_OUT, status=201)
async def place_bulk_order(request: Request, order: schemas.NewBulkOrder, idempotency_key: Key = None) -> Response:
    """Order several products: all of it, or nothing."""
    lines = tuple(Wanted(line.product_id, line.quantity) for line in order.lines)
    return await _decide(request, idempotency_key, Asked("order", lines=lines), status=201)


@router.read("/orders/", "orders", schemas.OrderList)
async def list_orders(
    request: Request, page: Page = 1, per_page: PerPage = 10, status: rules.Status | None = None
) -> Response:
    """One page of orders, the newest first."""
    return await resources.answer_read(request, queries.list_orders(page, per_page, status))


# Before the route of one order, which would take `recent` for an id.
@router.read("/orders/recent", "orders", list[schemas.Order])
async def list_recent_orders(request: Request, limit: Limit = 10) -> Response:
    """The newest orders."""
    return await resources.answer_read(request, queries.list_recent_orders(limit))


@router.read("/orders/{order_id}", "orders", schemas.OrderDetail, rules.ORDER_NOT_FOUND)
async def find_order(request: Request, order_id: OrderId) -> Response:
    """One order, with its product."""
    return await resources.answer_read(request, queries.find_order(order_id), rules.ORDER_NOT_FOUND)


@router.write("/orders/{order_id}/pay", "orders", schemas.Order, *ORDER_STEPS, rules.WRONG_AMOUNT)
async def pay_order(
    request: Request, order_id: OrderId, payment: schemas.Payment | None = None, idempotency_key: Key = None
) -> Response:
    """Capture the order's total, once; an amount that is named must be that total."""
    amount = payment.amount if payment else None
    amount_cents = None if amount is None else schemas.to_cents(amount)
    return await _decide(request, idempotency_key, Asked("pay", order_id=order_id, amount_cents=amount_cents))


@router.write("/orders/{order_id}/ship", "orders", schemas.Order, *ORDER_STEPS)
async def ship_order(request: Request, order_id: OrderId, idempotency_key: Key = None) -> Response:
    """Send a paid order."""
    return await _decide(request, idempotency_key, Asked("ship", order_id=order_id))


@router.write("/orders/{order_id}/cancel", "orders", schemas.Order, *ORDER_STEPS)
async def cancel_order(request: Request, order_id: OrderId, idempotency_key: Key = None) -> Response:
    """Give stock and money back, once; a canceled order stays canceled, a shipped one cannot be."""
    return await _decide(request, idempotency_key, Asked("cancel", order_id=order_id))


@router.read("/summary", "monitoring", schemas.Summary, CACHE_UNAVAILABLE)
async def summarize(request: Request) -> Response:
    """The dashboard; cached for `CACHE_TTL_S` seconds."""
    return await resources.answer_cached(request, "summary:all", queries.SUMMARIZE)


@router.get("/health", tags=["monitoring"], response_model=schemas.Health, responses={503: {"model": schemas.Health}})
async def health(request: Request) -> Response:
    """Whether database and cache answer."""
    cache = resources.cache(request)
    url = urlsplit(request.app.state.settings.database_url.get_secret_value())
    database, redis = await asyncio.gather(find_problem(resources.database(request).ping()), find_problem(cache.ping()))
    told = schemas.Health(
        status="unhealthy" if database or redis else "healthy",
        # Its name, without where it is and who may open it.
        database=schemas.DatabaseHealth(connected=database is None, url=f"postgresql://{url.path}"),
        redis=schemas.RedisHealth(connected=redis is None),
        api_version=API_VERSION,
    )
    return Response(told.model_dump_json(), 200 if told.status == "healthy" else 503, media_type="application/json")
