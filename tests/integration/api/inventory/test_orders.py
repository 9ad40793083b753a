import pytest

from tests.integration.api.inventory.conftest import Shop, assert_refused

NOWHERE = 99_950


def test_order_takes_its_stock_at_once(every_shop: Shop) -> None:
    product = every_shop.product(stock=5)
    answer = every_shop.order(product, 3)
    assert answer.status_code == 201
    assert every_shop.movements(product) == [("order", -3, 2)]
    (movement,) = every_shop.rows("select * from inventory.movements where product_id = :id", id=product)
    assert movement.order_id == answer.json()["id"]
    assert every_shop.status(answer.json()["id"]) == "PENDING"


def test_order_of_the_last_piece_is_granted_and_the_next_refused(every_shop: Shop) -> None:
    product = every_shop.product(stock=2)
    assert_refused(every_shop.order(product, 3), 409, "sold_out")
    assert every_shop.order(product, 2).status_code == 201
    assert_refused(every_shop.order(product), 409, "sold_out")
    assert every_shop.movements(product) == [("order", -2, 0)]


def test_order_keeps_the_price_of_its_time(every_shop: Shop) -> None:
    product = every_shop.product(price_cents=1001)
    order = every_shop.ordered(product, 3)
    every_shop.change(product, {"price": 2000})
    told = every_shop.turn(order, "pay").json()
    assert (told["total_value"], told["lines"][0]["unit_price"]) == (30.03, 10.01)
    assert every_shop.payments(order) == [("capture", 3003)]
    detail = every_shop.get(f"/orders/{order}").json()
    assert (detail["total_value"], detail["product"]["price"]) == (30.03, 2000)


def test_bulk_order_takes_from_every_product(every_shop: Shop) -> None:
    first, second = every_shop.product(5, 1000), every_shop.product(5, 250)
    answer = every_shop.order_all({second: 4, first: 2})
    told = answer.json()
    assert (answer.status_code, told["product_id"], told["quantity"], told["total_value"]) == (201, None, 6, 30)
    assert [(line["product_id"], line["quantity"], line["unit_price"]) for line in told["lines"]] == [
        (first, 2, 10.0),
        (second, 4, 2.5),
    ]
    assert every_shop.movements(first) == [("order", -2, 3)]
    assert every_shop.movements(second) == [("order", -4, 1)]
    assert every_shop.get(f"/orders/{told['id']}").json()["product"] is None


@pytest.mark.parametrize(
    ("second", "refusal"), [("sold out", (409, "sold_out")), ("unknown", (404, "product_not_found"))]
)
def test_bulk_order_is_granted_whole_or_not_at_all(every_shop: Shop, second: str, refusal: tuple[int, str]) -> None:
    product = every_shop.product(stock=5)
    other = NOWHERE if second == "unknown" else every_shop.product(stock=1)
    assert_refused(every_shop.order_all({product: 1, other: 2}), *refusal)
    assert every_shop.movements(product) == []
    assert every_shop.rows("select from inventory.order_lines where product_id = :id", id=product) == []


def test_unknown_product_outranks_an_empty_shelf(every_shop: Shop) -> None:
    assert_refused(every_shop.order_all({every_shop.product(stock=0): 1, NOWHERE: 1}), 404, "product_not_found")


def test_bulk_order_of_one_line_is_like_a_single_order(every_shop: Shop) -> None:
    product = every_shop.product()
    told = every_shop.order_all({product: 2}).json()
    assert (told["product_id"], told["quantity"]) == (product, 2)
    assert every_shop.get(f"/orders/{told['id']}").json()["product"]["id"] == product


def test_order_is_paid_once(every_shop: Shop) -> None:
    order = every_shop.ordered(every_shop.product())
    answer = every_shop.turn(order, "pay")
    assert (answer.status_code, answer.json()["status"]) == (200, "PAID")
    assert_refused(every_shop.turn(order, "pay"), 422, "illegal_transition")
    assert every_shop.payments(order) == [("capture", 1999)]
    assert every_shop.status(order) == "PAID"


@pytest.mark.parametrize("amount", [0.01, 39.97, 39.99, 3998])
def test_wrong_amount_is_refused_and_captures_nothing(every_shop: Shop, amount: float) -> None:
    order = every_shop.ordered(every_shop.product(), 2)
    assert_refused(every_shop.turn(order, "pay", {"amount": amount}), 422, "wrong_amount")
    assert every_shop.payments(order) == []
    assert every_shop.turn(order, "pay", {"amount": 39.98}).status_code == 200


def test_largest_order_can_be_paid_by_naming_its_amount(every_shop: Shop) -> None:
    product = every_shop.product(stock=1_000_000, price_cents=100_000_000)
    order = every_shop.ordered(product, 1_000_000)
    answer = every_shop.turn(order, "pay", {"amount": 1_000_000_000_000})
    assert (answer.status_code, answer.json().get("total_value")) == (200, 1_000_000_000_000)


@pytest.mark.parametrize("body", [None, {}, {"amount": None}])
def test_payment_without_an_amount_pays_the_total(shop: Shop, body: dict[str, object] | None) -> None:
    order = shop.ordered(shop.product(), 2)
    assert shop.turn(order, "pay", body).status_code == 200
    assert shop.payments(order) == [("capture", 3998)]


def test_only_a_paid_order_is_shipped(every_shop: Shop) -> None:
    order = every_shop.ordered(every_shop.product())
    assert_refused(every_shop.turn(order, "ship"), 422, "illegal_transition")
    every_shop.turn(order, "pay")
    answer = every_shop.turn(order, "ship")
    assert (answer.status_code, answer.json()["status"]) == (200, "SHIPPED")
    for action in ("ship", "pay", "cancel"):
        assert_refused(every_shop.turn(order, action), 422, "illegal_transition")
    assert every_shop.status(order) == "SHIPPED"


def test_cancel_of_a_pending_order_gives_the_stock_back_once(every_shop: Shop) -> None:
    product = every_shop.product(stock=5)
    order = every_shop.ordered(product, 2)
    answers = [every_shop.turn(order, "cancel") for _ in range(3)]
    assert [(answer.status_code, answer.json()["status"]) for answer in answers] == [(200, "CANCELED")] * 3
    assert every_shop.movements(product) == [("order", -2, 3), ("cancel", 2, 5)]
    assert every_shop.payments(order) == []
    assert every_shop.status(order) == "CANCELED"


def test_cancel_of_a_paid_order_gives_the_money_back_once(every_shop: Shop) -> None:
    first, second = every_shop.product(5), every_shop.product(5, 1)
    order = every_shop.order_all({first: 1, second: 2}).json()["id"]
    every_shop.turn(order, "pay")
    assert [every_shop.turn(order, "cancel").status_code for _ in range(2)] == [200, 200]
    assert every_shop.payments(order) == [("capture", 2001), ("refund", 2001)]
    assert every_shop.movements(first) == [("order", -1, 4), ("cancel", 1, 5)]
    assert every_shop.movements(second) == [("order", -2, 3), ("cancel", 2, 5)]


def test_canceled_order_is_neither_paid_nor_shipped(every_shop: Shop) -> None:
    order = every_shop.ordered(every_shop.product())
    every_shop.turn(order, "cancel")
    for action in ("pay", "ship"):
        assert_refused(every_shop.turn(order, action), 422, "illegal_transition")
    assert every_shop.status(order) == "CANCELED"


def test_canceled_pieces_can_be_ordered_again(every_shop: Shop) -> None:
    product = every_shop.product(stock=1)
    every_shop.turn(every_shop.ordered(product), "cancel")
    assert every_shop.order(product).status_code == 201


@pytest.mark.parametrize("action", ["pay", "ship", "cancel"])
def test_unknown_order_is_not_found(every_shop: Shop, action: str) -> None:
    assert_refused(every_shop.turn(NOWHERE, action), 404, "order_not_found")


def test_order_of_an_unknown_product_is_not_found(every_shop: Shop) -> None:
    assert_refused(every_shop.order(NOWHERE), 404, "product_not_found")
