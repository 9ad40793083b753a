import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.inventory import rules
from api.inventory.rules import Action, Asked, Line, Order, Product, Status, Wanted, Warehouse
from api.problems import CONFLICT, Problem, ProblemError

NOW = "2026-01-01T00:00:00.000000"


def product(number: int, stock: int = 10, price_cents: int = 500) -> Product:
    return Product(number, f"SKU-{number}", f"Product {number}", price_cents, stock, 0, stock)


def order(status: Status, lines: tuple[Line, ...] = (Line(1, 2, 500),)) -> Order:
    return Order(7, status, sum(line.quantity * line.unit_price_cents for line in lines), 1, NOW, lines)


def warehouse(*products: Product, orders: tuple[Order, ...] = ()) -> Warehouse:
    return Warehouse({one.id: one for one in products}, {one.id: one for one in orders}, list(range(100, 200)), NOW)


def buy(**quantities: int) -> Asked:
    """`buy(p2=3)` asks for three pieces of product 2."""
    return Asked("order", lines=tuple(Wanted(int(name[1:]), count) for name, count in quantities.items()))


def granted(decided: Product | Order | Problem) -> Product | Order:
    assert not isinstance(decided, Problem)
    return decided


def test_order_takes_every_line_and_adds_up_its_total() -> None:
    house = warehouse(product(1), product(2, price_cents=3))
    decided = house.decide(buy(p2=4, p1=1))
    assert decided == Order(100, "PENDING", 512, 1, NOW, (Line(1, 1, 500), Line(2, 4, 3)))
    assert [house.products[number].stock for number in (1, 2)] == [9, 6]
    assert [(one.product_id, one.quantity, one.stock_after, one.order_id) for one in house.movements] == [
        (1, -1, 9, 100),
        (2, -4, 6, 100),
    ]


def test_refused_order_changes_nothing_and_uses_no_number_up() -> None:
    house = warehouse(product(1), product(2, stock=0))
    assert house.decide(buy(p1=1, p2=1)) is rules.SOLD_OUT
    assert house.decide(buy(p1=1, p9=1)) is rules.PRODUCT_NOT_FOUND
    assert house.decide(buy(p2=1, p9=1)) is rules.PRODUCT_NOT_FOUND
    assert (house.movements, house.placed, house.new_order_ids[0]) == ([], [], 100)


def test_last_piece_is_granted_once_within_one_batch() -> None:
    house = warehouse(product(1, stock=1))
    assert granted(house.decide(buy(p1=1))).id == 100
    assert house.decide(buy(p1=1)) is rules.SOLD_OUT


def test_order_that_appeared_after_its_products_were_looked_for_is_not_canceled() -> None:
    with pytest.raises(ProblemError) as raised:
        warehouse(orders=(order("PENDING"),)).decide(Asked("cancel", order_id=7))
    assert raised.value.problem is CONFLICT


def test_payment_captures_the_total_once() -> None:
    house = warehouse(product(1), orders=(order("PENDING"),))
    assert house.decide(Asked("pay", order_id=7, amount_cents=999)) is rules.WRONG_AMOUNT
    paid = house.decide(Asked("pay", order_id=7, amount_cents=1000))
    assert isinstance(paid, Order)
    assert (paid.status, paid.version) == ("PAID", 2)
    assert house.decide(Asked("pay", order_id=7)) is rules.ILLEGAL_TRANSITION
    assert [(one.kind, one.amount_cents) for one in house.payments] == [("capture", 1000)]


def test_wrong_status_outranks_a_wrong_amount() -> None:
    house = warehouse(product(1), orders=(order("PAID"),))
    assert house.decide(Asked("pay", order_id=7, amount_cents=1)) is rules.ILLEGAL_TRANSITION


def test_only_a_paid_order_is_shipped() -> None:
    for status in ("PENDING", "SHIPPED", "CANCELED"):
        house = warehouse(product(1), orders=(order(status),))
        assert house.decide(Asked("ship", order_id=7)) is rules.ILLEGAL_TRANSITION
    shipped = warehouse(orders=(order("PAID"),)).decide(Asked("ship", order_id=7))
    assert isinstance(shipped, Order)
    assert shipped.status == "SHIPPED"


def test_cancel_gives_stock_and_money_back_once() -> None:
    house = warehouse(product(1), orders=(order("PAID"),))
    canceled = house.decide(Asked("cancel", order_id=7))
    assert house.decide(Asked("cancel", order_id=7)) is canceled
    assert house.products[1].stock == 12
    assert [(one.kind, one.amount_cents) for one in house.payments] == [("refund", 1000)]
    assert [(one.kind, one.quantity) for one in house.movements] == [("cancel", 2)]


def test_cancel_of_a_pending_order_gives_no_money_back() -> None:
    house = warehouse(product(1), orders=(order("PENDING"),))
    house.decide(Asked("cancel", order_id=7))
    assert (house.products[1].stock, house.payments) == (12, [])


def test_shipped_order_cannot_be_canceled() -> None:
    house = warehouse(product(1), orders=(order("SHIPPED"),))
    assert house.decide(Asked("cancel", order_id=7)) is rules.ILLEGAL_TRANSITION
    assert house.movements == []


def test_unknown_ids_are_not_found() -> None:
    house = warehouse(product(1))
    assert house.decide(Asked("pay", order_id=9)) is rules.ORDER_NOT_FOUND
    assert house.decide(Asked("adjust", product_id=9, adjustment=1)) is rules.PRODUCT_NOT_FOUND


def test_adjustment_ends_at_zero_and_moves_only_what_was_there() -> None:
    house = warehouse(product(1, stock=3))
    house.decide(Asked("adjust", product_id=1, adjustment=-10))
    assert [(one.quantity, one.stock_after) for one in house.movements] == [(-3, 0)]


def test_every_granted_change_raises_the_version() -> None:
    """Also one that changes nothing: an answer that no version stands for could not be audited."""
    house = warehouse(product(1))
    for version, asked in enumerate(
        (
            Asked("update_product", product_id=1),
            Asked("update_product", product_id=1, name="Other"),
            Asked("update_product", product_id=1, price_cents=1),
            Asked("update_product", product_id=1, stock=0),
        ),
        start=1,
    ):
        house.decide(asked)
        assert house.products[1].version == version
    assert [(one.quantity, one.stock_after, one.price_cents, one.name) for one in house.movements] == [
        (0, 10, 500, None),
        (0, 10, 500, "Other"),
        (0, 10, 1, None),
        (-10, 0, 1, None),
    ]


def test_counts_of_elsewhere_replace_stock_and_version() -> None:
    recounted = product(1, stock=10).recounted(sold=4, version=9)
    assert (recounted.stock, recounted.version, recounted.sold) == (6, 9, 4)


COUNTS = st.integers(1, 4)
NUMBERS = st.integers(1, 3)
CHANGES = st.one_of(
    st.builds(lambda number, by: Asked("adjust", product_id=number, adjustment=by), NUMBERS, st.integers(-6, 6)),
    st.builds(lambda number, count: Asked("restock", product_id=number, quantity=count), NUMBERS, COUNTS),
    st.builds(
        lambda number, stock, price: Asked("update_product", product_id=number, stock=stock, price_cents=price),
        NUMBERS,
        st.none() | st.integers(0, 6),
        st.none() | COUNTS,
    ),
    st.dictionaries(NUMBERS, COUNTS, min_size=1).map(lambda lines: buy(**{f"p{n}": lines[n] for n in lines})),
)
ACTIONS: st.SearchStrategy[Action] = st.sampled_from(["pay", "ship", "cancel"])
TURNS = st.builds(lambda action, number: Asked(action, order_id=number), ACTIONS, st.integers(100, 110))


PAYMENTS: dict[Status, list[list[str]]] = {
    "PENDING": [[]],
    "PAID": [["capture"]],
    "SHIPPED": [["capture"]],
    "CANCELED": [[], ["capture", "refund"]],
}


@given(steps=st.lists(CHANGES | TURNS, max_size=60))
def test_any_sequence_of_writes_keeps_the_books(steps: list[Asked]) -> None:
    house = warehouse(*(product(number, stock=5, price_cents=number) for number in (1, 2, 3)))
    for asked in steps:
        house.decide(asked)
        # As if everything had been written and read again: only then can an order be turned.
        house.orders = {one.id: one for one in house.placed} | house.orders
    for one in house.products.values():
        moved = [movement for movement in house.movements if movement.product_id == one.id]
        assert one.stock >= 0
        assert one.stock == one.initial_stock + sum(movement.quantity for movement in moved)
        assert [movement.version for movement in moved] == list(range(1, one.version + 1))
    for placed in house.orders.values():
        given_back = sum(one.quantity for one in house.movements if one.order_id == placed.id)
        kinds = [one.kind for one in house.payments if one.order_id == placed.id]
        pieces = sum(line.quantity for line in placed.lines)
        assert given_back == (0 if placed.status == "CANCELED" else -pieces)
        assert kinds in PAYMENTS[placed.status]
