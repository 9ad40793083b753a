from collections.abc import Callable
from typing import Any, TypeAlias
from uuid import uuid4

import pytest
import requests

from tests.integration.api.conftest import at_once, is_replay
from tests.integration.api.inventory.conftest import Shop, assert_refused

TRIALS = 4
NOWHERE = 99_950
Ask: TypeAlias = Callable[[str | None], requests.Response]


def create(shop: Shop) -> Ask:
    body = {"sku": uuid4().hex, "name": "A Product", "price": 19.99, "stock": 5}
    return lambda key: shop.ask("POST", "/products/", body, key)


def update(shop: Shop) -> Ask:
    product = shop.product()
    return lambda key: shop.change(product, {"name": "Renamed", "price": 5, "stock": 3}, key)


def adjust(shop: Shop) -> Ask:
    product = shop.product()
    return lambda key: shop.adjust(product, -3, key)


def restock(shop: Shop) -> Ask:
    product = shop.product()
    return lambda key: shop.ask("POST", f"/products/{product}/restock", {"quantity": 3}, key)


def order(shop: Shop) -> Ask:
    product = shop.product()
    return lambda key: shop.order(product, 3, key)


def bulk(shop: Shop) -> Ask:
    lines = {shop.product(): 2, shop.product(): 3}
    return lambda key: shop.order_all(lines, key)


def turn(action: str, *before: str) -> Callable[[Shop], Ask]:
    def prepare(shop: Shop) -> Ask:
        number = shop.ordered(shop.product())
        for step in before:
            assert shop.turn(number, step).status_code == 200
        return lambda key: shop.turn(number, action, None, key)

    return prepare


GRANTED: dict[str, Callable[[Shop], Ask]] = {
    **{"create": create, "update": update, "adjust": adjust, "restock": restock, "order": order, "bulk": bulk},
    **{"pay": turn("pay"), "ship": turn("ship", "pay"), "cancel": turn("cancel", "pay")},
    "cancel again": turn("cancel", "cancel"),
}


def taken(shop: Shop) -> Ask:
    ask = create(shop)
    assert ask(None).status_code == 201
    return ask


def sold_out(shop: Shop) -> Ask:
    product = shop.product(stock=1)
    return lambda key: shop.order(product, 2, key)


def wrong_amount(shop: Shop) -> Ask:
    number = shop.ordered(shop.product())
    return lambda key: shop.turn(number, "pay", {"amount": 1}, key)


REFUSED: dict[str, Callable[[Shop], Ask]] = {
    "sku_taken": taken,
    "sold_out": sold_out,
    "wrong_amount": wrong_amount,
    "illegal_transition": turn("ship"),
    "product_not_found": lambda shop: lambda key: shop.adjust(NOWHERE, 1, key),
    "order_not_found": lambda shop: lambda key: shop.turn(NOWHERE, "cancel", None, key),
}


def told(answer: requests.Response) -> tuple[int, str, Any]:
    return answer.status_code, answer.headers["Content-Type"], answer.json()


def assert_same_answer(first: requests.Response, again: requests.Response) -> None:
    assert told(again) == told(first)
    assert not is_replay(first)
    assert is_replay(again)


@pytest.mark.parametrize("action", GRANTED)
def test_same_key_gets_the_same_answer_and_one_effect(every_shop: Shop, action: str) -> None:
    ask, key = GRANTED[action](every_shop), uuid4().hex
    first = ask(key)
    assert first.status_code in {200, 201}
    assert_same_answer(first, ask(key))
    assert len(every_shop.keyed(key)) == 1
    assert_whole(every_shop, first)


def assert_whole(shop: Shop, answer: requests.Response) -> None:
    """What an answer tells of is stored once, and the ledger adds up."""
    made = answer.json()
    if "lines" not in made:
        assert shop.stock(made["id"]) == made["stock"]
        shop.movements(made["id"])
        return
    shop.status(made["id"])
    for line in made["lines"]:
        kinds = [kind for kind, _, _ in shop.movements(line["product_id"])]
        assert kinds == (["order", "cancel"] if made["status"] == "CANCELED" else ["order"])
    captured = [kind for kind, _ in shop.payments(made["id"])]
    assert captured in ([], ["capture"], ["capture", "refund"])


@pytest.mark.parametrize("action", GRANTED)
def test_same_key_twice_at_once_has_one_effect(every_shop: Shop, action: str) -> None:
    for _ in range(TRIALS):
        ask, key = GRANTED[action](every_shop), uuid4().hex
        answers = at_once(*[lambda: ask(key)] * 3)  # noqa: B023  # called before the next trial
        assert {answer.status_code for answer in answers} <= {200, 201}
        assert all(told(answer) == told(answers[0]) for answer in answers)
        assert sum(not is_replay(answer) for answer in answers) == 1
        assert len(every_shop.keyed(key)) == 1
        assert_whole(every_shop, answers[0])


@pytest.mark.parametrize("code", REFUSED)
def test_refusal_is_remembered(every_shop: Shop, code: str) -> None:
    ask, key = REFUSED[code](every_shop), uuid4().hex
    first = ask(key)
    assert first.json()["code"] == code
    assert_same_answer(first, ask(key))
    (event,) = every_shop.keyed(key)
    assert (event.refusal, event.answer, event.order_version, event.product_version) == (code, None, None, None)


def test_refusal_stays_refused_although_stock_came(every_shop: Shop) -> None:
    product, key = every_shop.product(stock=0), uuid4().hex
    assert_refused(every_shop.order(product, 1, key), 409, "sold_out")
    every_shop.adjust(product, 5)
    assert_refused(every_shop.order(product, 1, key), 409, "sold_out")
    assert every_shop.order(product, 1, uuid4().hex).status_code == 201


def test_first_answer_is_given_again_although_the_world_went_on(every_shop: Shop) -> None:
    product, key = every_shop.product(stock=5), uuid4().hex
    first = every_shop.order(product, 2, key)
    every_shop.turn(first.json()["id"], "cancel")
    every_shop.change(product, {"price": 1, "name": "Other"})
    assert_same_answer(first, every_shop.order(product, 2, key))
    assert every_shop.stock(product) == 5


@pytest.mark.parametrize("change", ["body", "product", "route", "action"])
def test_key_used_for_something_else_is_rejected(every_shop: Shop, change: str) -> None:
    product, other, key = every_shop.product(), every_shop.product(), uuid4().hex
    assert every_shop.adjust(product, 1, key).status_code == 200
    again = {
        "body": lambda: every_shop.adjust(product, 2, key),
        "product": lambda: every_shop.adjust(other, 1, key),
        "route": lambda: every_shop.order(product, 1, key),
        "action": lambda: every_shop.ask("POST", "/products/", {"sku": key, "name": "AA", "price": 1, "stock": 1}, key),
    }[change]()
    assert_refused(again, 422, "idempotency_key_reused")
    assert not is_replay(again)
    assert (every_shop.stock(product), every_shop.stock(other)) == (11, 10)
    assert len(every_shop.keyed(key)) == 1


def test_same_key_on_two_products_at_once_has_one_effect(every_shop: Shop) -> None:
    for _ in range(TRIALS):
        products, key = (every_shop.product(), every_shop.product()), uuid4().hex
        answers = at_once(*(asking(every_shop, product, key) for product in products))
        assert sorted(answer.status_code for answer in answers) == [201, 422]
        assert sorted(every_shop.stock(product) for product in products) == [9, 10]


def asking(shop: Shop, product: int, key: str) -> Callable[[], requests.Response]:
    return lambda: shop.order(product, 1, key)


@pytest.mark.parametrize("key", ["x" * 129, ""])
def test_unusable_key_is_refused_and_nothing_happens(shop: Shop, key: str) -> None:
    product = shop.product()
    headers = {"Idempotency-Key": key}
    body = {"product_id": product, "quantity": 1}
    assert_refused(requests.post(f"{shop.url}/orders/", json=body, headers=headers, timeout=30), 422, "invalid_request")
    assert shop.stock(product) == 10


def test_without_a_key_nothing_is_replayed(every_shop: Shop) -> None:
    product = every_shop.product()
    assert [is_replay(every_shop.order(product)) for _ in range(2)] == [False, False]
    assert every_shop.stock(product) == 8
