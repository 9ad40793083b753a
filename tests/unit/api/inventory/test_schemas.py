import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from api.inventory import schemas
from api.inventory.rules import Line, Order, Product
from api.inventory.schemas import MAX_PRICE, MAX_TOTAL

GOOD = {"sku": "A-1", "name": "A Product", "price": 1.5, "stock": 0}


def read_price(text: str) -> int:
    return schemas.to_cents(
        schemas.NewProduct.model_validate_json(json.dumps(GOOD | {"price": json.loads(text)})).price
    )


@given(cents=st.integers(1, MAX_PRICE * 100))
def test_price_is_exact_to_the_cent_both_ways(cents: int) -> None:
    written = schemas.Product.of(Product(1, "A", "A", cents, 0, 0, 0)).model_dump_json()
    assert json.loads(written, parse_float=Decimal)["price"] * 100 == cents
    assert read_price(json.dumps(json.loads(written)["price"])) == cents


@given(cents=st.integers(1, MAX_TOTAL * 100))
def test_total_is_exact_to_the_cent_both_ways(cents: int) -> None:
    order = Order(1, "PENDING", cents, 1, "2026-01-01T00:00:00.000001", (Line(1, 1, 1),))
    written = schemas.Order.of(order).model_dump_json()
    total = json.loads(written)["total_value"]
    paid = schemas.Payment.model_validate_json(json.dumps({"amount": total})).amount
    assert paid is not None
    assert schemas.to_cents(paid) == cents


@pytest.mark.parametrize(("text", "cents"), [("0.01", 1), ("10", 1000), ("19.9", 1990), ("1e3", 100_000)])
def test_price_may_be_written_in_any_usual_way(text: str, cents: int) -> None:
    assert read_price(text) == cents


@pytest.mark.parametrize("price", [0, -1, 0.001, 1.999, MAX_PRICE + 1, "NaN", "Infinity", "1,50", "7.05", None, True])
def test_price_that_is_none_is_refused(price: object) -> None:
    with pytest.raises(ValidationError):
        schemas.NewProduct.model_validate(GOOD | {"price": price})


@pytest.mark.parametrize("sku", ["", "a b", "\u00e4", "A\n", "A\0", "x" * 51])
def test_sku_of_other_letters_is_refused(sku: str) -> None:
    with pytest.raises(ValidationError):
        schemas.NewProduct.model_validate(GOOD | {"sku": sku})


@pytest.mark.parametrize("name", ["", "A", "x" * 201, "A\0B", None])
def test_name_that_is_too_short_too_long_or_unstorable_is_refused(name: str | None) -> None:
    with pytest.raises(ValidationError):
        schemas.NewProduct.model_validate(GOOD | {"name": name})


def test_bulk_order_names_each_product_once() -> None:
    line = {"product_id": 1, "quantity": 1}
    with pytest.raises(ValidationError, match="one line only"):
        schemas.NewBulkOrder.model_validate({"lines": [line, {"product_id": 1, "quantity": 2}]})
    assert len(schemas.NewBulkOrder.model_validate({"lines": [line, {"product_id": 2, "quantity": 1}]}).lines) == 2


@pytest.mark.parametrize("count", [0, 21])
def test_bulk_order_has_one_to_twenty_lines(count: int) -> None:
    lines = [{"product_id": number, "quantity": 1} for number in range(1, count + 1)]
    with pytest.raises(ValidationError):
        schemas.NewBulkOrder.model_validate({"lines": lines})


def test_order_of_several_lines_names_no_product_and_sums_the_pieces() -> None:
    lines = (Line(3, 2, 150), Line(5, 4, 1))
    order = schemas.Order.of(Order(1, "PAID", 304, 2, "2026-01-01T00:00:00.5", lines))
    assert (order.product_id, order.quantity, order.created_at) == (None, 6, "2026-01-01T00:00:00.5")
    single = schemas.Order.of(Order(1, "PAID", 300, 2, "2026-01-01T00:00:00.5", lines[:1]))
    assert (single.product_id, single.quantity) == (3, 2)
