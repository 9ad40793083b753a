from typing import Any

import pytest
import redis
import requests

from api.inventory import schemas
from tests.integration.api.conftest import REQUEST_TIMEOUT_S
from tests.integration.api.inventory.conftest import Shop

COUNT_PRODUCTS = """
select count(*) as total, count(*) filter (where stock > 0) as in_stock,
       count(*) filter (where stock <= 0) as out_of_stock,
       count(*) filter (where stock between 1 and 10) as low_stock_count,
       sum(stock) as total_stock_quantity, sum(stock * price_cents) / 100.0 as total_stock_value
from inventory.products
"""
COUNT_PIECES = """
select sum(quantity)
from inventory.order_lines l join inventory.orders o on o.id = l.order_id
where status <> 'CANCELED'
"""
SUM_VALUE = "select sum(total_cents) / 100.0 from inventory.orders where status <> 'CANCELED'"
COUNT_ORDERS = "select status, count(*) from inventory.orders group by status"


def read_summary(shop: Shop, *, fresh: bool) -> dict[str, Any]:
    if fresh:
        with redis.Redis.from_url(shop.lab.settings.redis_url) as client:
            client.delete("inventory:summary:all")
    answer = shop.get("/summary")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    schemas.Summary.model_validate_json(answer.content, strict=True, extra="forbid")
    summary: dict[str, Any] = answer.json()
    return summary


@pytest.fixture
def stocked(shop: Shop) -> Shop:
    """Orders in every status, products with and without stock."""
    product = shop.product(stock=20)
    for actions in ((), ("pay",), ("pay", "ship"), ("cancel",), ("pay", "cancel")):
        order = shop.order_all({product: 2, shop.product(stock=1): 1}).json()["id"]
        for action in actions:
            assert shop.turn(order, action).status_code == 200
    return shop


def test_summary_of_products_equals_the_tables(stocked: Shop) -> None:
    (row,) = stocked.rows(COUNT_PRODUCTS)
    expected = {name: float(value) for name, value in row._mapping.items()}
    assert read_summary(stocked, fresh=True)["inventory"]["products"] == pytest.approx(expected, abs=0.001)


def test_summary_of_orders_equals_the_tables(stocked: Shop) -> None:
    summary = read_summary(stocked, fresh=True)
    by_status = {row.status: row.count for row in stocked.rows(COUNT_ORDERS)}
    ((pieces,),), ((value,),) = stocked.rows(COUNT_PIECES), stocked.rows(SUM_VALUE)
    total = sum(by_status.values())
    assert summary["inventory"]["orders"] == {
        "total": total,
        **{status.lower(): count for status, count in by_status.items()},
        "total_quantity_ordered": pieces,
    }
    orders = summary["orders"]
    assert (orders["total_orders"], orders["status_breakdown"]) == (total, by_status)
    assert (orders["total_quantity_ordered"], orders["total_order_value"]) == (pieces, float(value))
    assert orders["recent_orders"] == stocked.get("/orders/recent", limit=5).json()


def test_summary_is_cached(shop: Shop) -> None:
    before = read_summary(shop, fresh=True)
    shop.ordered(shop.product())
    assert read_summary(shop, fresh=False) == before
    assert read_summary(shop, fresh=True)["orders"]["total_orders"] == before["orders"]["total_orders"] + 1


def test_healthy_target_tells_its_parts_and_no_secret(shop: Shop) -> None:
    answer = shop.get("/health")
    assert answer.status_code == 200
    told = answer.json()
    assert sorted(told) == ["api_version", "database", "redis", "status"]
    assert (told["status"], told["redis"]["connected"]) == ("healthy", True)
    assert sorted(told["database"]) == ["connected", "type", "url"]
    assert (told["database"]["connected"], told["database"]["type"]) == (True, "postgresql")
    assert told["database"]["url"].startswith("postgresql://")
    assert shop.lab.settings.password not in answer.text


def test_docs_are_a_page(shop: Shop) -> None:
    answer = requests.get(f"{shop.url}/docs", timeout=REQUEST_TIMEOUT_S)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")
