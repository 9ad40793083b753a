from uuid import uuid4

import pytest

from tests.integration.api.inventory.conftest import Shop, assert_refused

NOWHERE = 99_950


def new_product(sku: str | None = None, **changes: object) -> dict[str, object]:
    return {"sku": sku or uuid4().hex, "name": "A Product", "price": 19.99, "stock": 5} | changes


def test_created_product_is_kept_in_upper_case_and_found(shop: Shop) -> None:
    answer = shop.ask("POST", "/products/", new_product("laptop-" + uuid4().hex))
    made = answer.json()
    assert answer.status_code == 201
    assert made["sku"].startswith("LAPTOP-")
    assert shop.get(f"/products/{made['id']}").json() == made
    assert shop.movements(made["id"]) == []


def test_sku_is_unique_ignoring_case(shop: Shop) -> None:
    sku = uuid4().hex
    assert shop.ask("POST", "/products/", new_product(sku)).status_code == 201
    for again in (sku, sku.upper()):
        assert_refused(shop.ask("POST", "/products/", new_product(again, stock=7)), 409, "sku_taken")
    assert [row.stock for row in shop.rows("select stock from inventory.products where sku = :s", s=sku.upper())] == [5]


def test_list_finds_a_word_of_the_name_and_of_the_sku_ignoring_case(shop: Shop) -> None:
    word = uuid4().hex
    named = shop.product(name=f"Premium {word} Phone")
    made = shop.ask("POST", "/products/", new_product(f"x-{word}-y")).json()["id"]
    for search in (word, word.upper()):
        listed = shop.get("/products/", search=search).json()
        assert [one["id"] for one in listed["products"]] == [named, made]
    assert shop.get("/products/", search=f"{word}%").json()["total"] == 0


def test_list_bounds_the_price_inclusively(shop: Shop) -> None:
    word = uuid4().hex
    cheap, middle, dear = (shop.product(price_cents=cents, name=word) for cents in (9999, 10000, 20000))
    bounds: list[tuple[dict[str, object], list[int]]] = [
        ({"min_price": 100}, [middle, dear]),
        ({"max_price": 100}, [cheap, middle]),
        ({"min_price": 100, "max_price": 199.99}, [middle]),
        ({"min_price": 201}, []),
    ]
    for query, expected in bounds:
        listed = shop.get("/products/", search=word, **query).json()
        assert ([one["id"] for one in listed["products"]], listed["total"]) == (expected, len(expected))


def test_list_leaves_out_what_is_out_of_stock_on_demand(shop: Shop) -> None:
    word = uuid4().hex
    full, empty = shop.product(stock=1, name=word), shop.product(stock=0, name=word)
    for text, expected in (("True", [full]), ("true", [full]), ("False", [full, empty])):
        listed = shop.get("/products/", search=word, in_stock_only=text).json()
        assert [one["id"] for one in listed["products"]] == expected


def test_pages_cut_the_list_by_id_and_end_empty(shop: Shop) -> None:
    word = uuid4().hex
    products = [shop.product(name=word) for _ in range(5)]
    pages = [shop.get("/products/", search=word, page=page, per_page=2) for page in (1, 2, 3, 4)]
    assert [[one["id"] for one in page.json()["products"]] for page in pages] == [
        products[:2],
        products[2:4],
        products[4:],
        [],
    ]
    assert {page.status_code for page in pages} == {200}
    for number, page in enumerate(pages, start=1):
        told = {name: value for name, value in page.json().items() if name != "products"}
        assert told == {"total": 5, "page": number, "per_page": 2, "total_pages": 3}


def test_adjustment_counts_in_and_out(every_shop: Shop) -> None:
    product = every_shop.product(stock=5)
    assert [every_shop.adjust(product, by).json()["stock"] for by in (7, -2, 0)] == [12, 10, 10]
    assert every_shop.movements(product) == [("adjust", 7, 12), ("adjust", -2, 10), ("adjust", 0, 10)]


def test_adjustment_ends_at_zero_and_the_ledger_tells_what_really_went(every_shop: Shop) -> None:
    product = every_shop.product(stock=3)
    answer = every_shop.adjust(product, -10)
    assert (answer.status_code, answer.json()["stock"]) == (200, 0)
    assert every_shop.movements(product) == [("adjust", -3, 0)]


def test_delivery_is_counted_in(every_shop: Shop) -> None:
    product = every_shop.product(stock=0)
    answer = every_shop.ask("POST", f"/products/{product}/restock", {"quantity": 100_000})
    assert (answer.status_code, answer.json()["stock"]) == (200, 100_000)
    assert every_shop.movements(product) == [("restock", 100_000, 100_000)]


LOW = "select id from inventory.products where stock <= :threshold order by stock, id limit :limit"


@pytest.mark.parametrize("query", [{}, {"threshold": 0}, {"threshold": 99, "limit": 100}, {"limit": 3}])
def test_low_stock_lists_the_scarcest_first_up_to_the_threshold(shop: Shop, query: dict[str, object]) -> None:
    for stock in (11, 10, 1, 0):
        shop.product(stock)
    expected = [row.id for row in shop.rows(LOW, **{"threshold": 10, "limit": 50, **query})]
    assert [one["id"] for one in shop.get("/products/low-stock", **query).json()] == expected


def test_put_changes_what_is_named_and_nothing_else(every_shop: Shop) -> None:
    product = every_shop.product(stock=5, price_cents=1000, name="Before")
    before = every_shop.get(f"/products/{product}").json()
    for change in ({"price": 12.5}, {"stock": 0}, {"name": "After"}, {"price": 13, "stock": 9, "name": "Last"}):
        answer = every_shop.change(product, change)
        before |= change
        assert (answer.status_code, answer.json()) == (200, before)
        assert every_shop.get(f"/products/{product}").json() == before


def test_put_writes_the_ledger(every_shop: Shop) -> None:
    product = every_shop.product(stock=5)
    for change in ({"price": 12.5}, {"stock": 0}, {"stock": 8, "price": 1}):
        every_shop.change(product, change)
    assert every_shop.movements(product) == [("set", 0, 5), ("set", -5, 0), ("set", 8, 8)]
    prices = every_shop.rows(
        "select price_cents from inventory.movements where product_id = :id order by version", id=product
    )
    assert [row.price_cents for row in prices] == [1250, 1250, 100]


def test_put_of_a_new_name_raises_the_version(every_shop: Shop) -> None:
    """A version that stayed would let an optimistic writer put the old name back."""
    product = every_shop.product(stock=5)
    every_shop.change(product, {"name": "Renamed"})
    assert every_shop.movements(product) == [("set", 0, 5)]


@pytest.mark.parametrize("change", [{}, {"name": None, "price": None, "stock": None}, {"stock": 10, "price": 19.99}])
def test_put_that_changes_nothing_stands_in_the_ledger_all_the_same(
    every_shop: Shop, change: dict[str, object]
) -> None:
    product = every_shop.product(stock=10, price_cents=1999)
    answer = every_shop.change(product, change)
    assert (answer.status_code, answer.json()["stock"]) == (200, 10)
    assert every_shop.movements(product) == [("set", 0, 10)]


def test_adjustment_keeps_its_reason(every_shop: Shop) -> None:
    product = every_shop.product(stock=5)
    reason = "broken".ljust(500, "!")
    every_shop.ask("POST", f"/products/{product}/stock/adjust", {"adjustment": -2, "reason": reason})
    kept = every_shop.rows("select reason from inventory.movements where product_id = :id", id=product)
    assert [row.reason for row in kept] == [reason]


def test_put_of_a_name_is_in_the_ledger(every_shop: Shop) -> None:
    product = every_shop.product(name="Before")
    for change in ({"name": "After"}, {"price": 5}, {"name": "After"}):
        every_shop.change(product, change)
    kept = every_shop.rows("select name from inventory.movements where product_id = :id order by version", id=product)
    assert [row.name for row in kept] == ["After", None, "After"]


def test_unknown_product_is_not_found(every_shop: Shop) -> None:
    for answer in (
        every_shop.change(NOWHERE, {"stock": 1}),
        every_shop.adjust(NOWHERE, 1),
        every_shop.ask("POST", f"/products/{NOWHERE}/restock", {"quantity": 1}),
    ):
        assert_refused(answer, 404, "product_not_found")
