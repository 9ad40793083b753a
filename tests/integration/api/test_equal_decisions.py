"""The rules stand twice, in Python and in SQL (LOCKING=atomic): both must answer and write the same."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import pytest

from tests.conftest import Lab
from tests.integration.api.conftest import Campus
from tests.integration.api.twins import Ask, Twin, running_twins

STEPS = 400
NOWHERE = 99_950


@pytest.fixture(scope="module")
def twins(lab: Lab) -> Iterator[list[Twin]]:
    with running_twins(lab, "row_lock", "atomic") as twins:
        yield twins


class Writes:
    """A random sequence of writes, some of them with a key, some of them sent again, some of them with a used key."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311  # a test, not a secret
        self._keyed: list[Ask] = []

    def keyed(self, ask: Ask) -> Ask:
        luck = self.chance.random()
        if luck < 0.15 and self._keyed:
            return self.chance.choice(self._keyed)
        if luck < 0.2 and self._keyed:
            return replace(ask, key=self.chance.choice(self._keyed).key)
        if luck < 0.5:
            ask = replace(ask, key=f"key-{len(self._keyed)}")
            self._keyed.append(ask)
        return ask


class Customers(Writes):
    """What they ask of inventory. `{7}` in a path stands for the eighth order that was placed."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.orders = 0

    def choose(self) -> Ask:
        kind = self.chance.choices(
            ("create", "change", "adjust", "restock", "order", "bulk", "turn"), (1, 3, 3, 1, 8, 4, 14)
        )
        make = {"create": self._create, "change": self._change, "adjust": self._adjust, "restock": self._restock}
        make |= {"order": self._order, "bulk": self._bulk, "turn": self._turn}
        return self.keyed(make[kind[0]]())

    def _product(self) -> int:
        return NOWHERE if self.chance.random() < 0.08 else self.chance.randint(1, 6)

    def _create(self) -> Ask:
        number = self.chance.randrange(20)
        return Ask("POST", "/products/", {"sku": f"S-{number}", "name": "Made", "price": 0.1 + number, "stock": number})

    def _change(self) -> Ask:
        fields = {
            "name": self.chance.choice(("Product", "Renamed")),
            "price": self.chance.choice((0.01, 19.99, 1_000_000, 12.5)),
            "stock": self.chance.randrange(12),
        }
        named = self.chance.sample(sorted(fields), self.chance.randrange(4))
        return Ask("PUT", f"/products/{self._product()}", {name: fields[name] for name in named})

    def _adjust(self) -> Ask:
        body: dict[str, object] = {"adjustment": self.chance.randint(-10, 9)}
        if self.chance.random() < 0.5:
            body["reason"] = "Counted"
        return Ask("POST", f"/products/{self._product()}/stock/adjust", body)

    def _restock(self) -> Ask:
        return Ask("POST", f"/products/{self._product()}/restock", {"quantity": self.chance.randint(1, 9)})

    def _line(self, product: int) -> dict[str, object]:
        return {"product_id": product, "quantity": self.chance.randint(1, 4)}

    def _order(self) -> Ask:
        return Ask("POST", "/orders/", self._line(self._product()))

    def _bulk(self) -> Ask:
        products = sorted({self._product() for _ in range(3)}, reverse=self.chance.random() < 0.5)
        return Ask("POST", "/orders/bulk", {"lines": [self._line(product) for product in products]})

    def _turn(self) -> Ask:
        latest = max(0, self.orders - self.chance.randrange(8) - 1)
        order = f"{{{latest}}}" if self.orders and self.chance.random() < 0.95 else str(NOWHERE)
        action = self.chance.choice(("pay", "pay", "ship", "cancel"))
        amount = self.chance.choice((None, None, 19.99, 0.02))
        return Ask("POST", f"/orders/{order}/{action}", {"amount": amount} if action == "pay" and amount else None)


# The order that a row tells of stands first.
INVENTORY_TABLES = {
    "products": "select null, id, sku, name, price_cents, stock, version, initial_stock"
    " from inventory.products order by id",
    "orders": "select id, status, total_cents, version from inventory.orders order by id",
    "lines": "select order_id, product_id, quantity, unit_price_cents from inventory.order_lines order by 1, 2",
    "movements": "select order_id, product_id, version, kind, quantity, stock_after, price_cents, reason, name"
    " from inventory.movements order by product_id, version",
    "payments": "select order_id, kind, amount_cents from inventory.payments order by id",
    "events": "select order_id, action, product_id, product_version, order_version, status, refusal, op_id,"
    " request_hash is null from inventory.events order by id",
    "answers": "select order_id, answer from inventory.events order by id",
}


class Shopper:
    """Sends them to one of the twins, and knows the orders by when they were placed."""

    def __init__(self, twin: Twin) -> None:
        self.twin = twin
        self.orders: list[int] = []

    def send(self, ask: Ask) -> tuple[int, bool, dict[str, Any]]:
        status, replayed, body = self.twin.send(replace(ask, path=self._resolve(ask.path)))
        if status == 201 and "lines" in body and not replayed:
            self.orders.append(body["id"])
        return status, replayed, self.general(body)

    def _resolve(self, path: str) -> str:
        return path.format(*self.orders)

    def general(self, body: dict[str, Any] | None) -> dict[str, Any]:
        """An answer without what differs: an order's own number, and its time."""
        if body is None or "lines" not in body:
            return body or {}
        return body | {"id": self.place(body["id"]), "created_at": None}

    def place(self, order: int | None) -> int | None:
        return self.orders.index(order) if order in self.orders else order

    def tables(self) -> dict[str, list[tuple[Any, ...]]]:
        """Everything that was written."""
        read = {table: self.twin.read(query) for table, query in INVENTORY_TABLES.items()}
        placed = {table: [(self.place(row[0]), *row[1:]) for row in rows] for table, rows in read.items()}
        return placed | {"answers": [(*row[:-1], self.general(row[-1])) for row in placed["answers"]]}


def test_inventory_is_decided_alike_in_python_and_in_sql(twins: list[Twin]) -> None:
    customers = Customers(seed=3)
    shoppers = [Shopper(replace(twin, url=f"{twin.url}/inventory")) for twin in twins]
    for number in range(6):
        body = {"sku": f"S-{number}", "name": "Product", "price": (19.99, 0.02)[number % 2], "stock": 4 * number}
        assert [shopper.send(Ask("POST", "/products/", body))[0] for shopper in shoppers] == [201, 201]
    seen: set[str] = set()
    for step in range(STEPS):
        ask = customers.choose()
        python, sql = (shopper.send(ask) for shopper in shoppers)
        assert sql == python, f"{step}: {ask}"
        customers.orders = len(shoppers[0].orders)
        seen.add(str(python[2].get("code", python[2].get("status", "product"))))
    python_wrote, sql_wrote = (shopper.tables() for shopper in shoppers)
    for table, rows in python_wrote.items():
        assert sql_wrote[table] == rows, table
        assert rows, table
    refusals = {"product_not_found", "order_not_found", "sku_taken", "sold_out", "wrong_amount", "illegal_transition"}
    granted = {"product", "PENDING", "PAID", "SHIPPED", "CANCELED"}
    assert seen == refusals | granted | {"idempotency_key_reused"}


def named(name: str) -> UUID:
    return uuid5(NAMESPACE_URL, name)


COURSES = [named(f"course {number}") for number in range(3)]
CLOSED, UNKNOWN = named("closed course"), named("unknown course")
STUDENTS = [named(f"student {number}") for number in range(9)]
STRANGER = named("stranger")


def open_campus(twin: Twin) -> None:
    """Courses that fill soon, one of them closed, and students."""
    now, semesters = datetime.now(UTC), (named("open"), named("closed"))
    days = ((-1, 1), (-9, -8))
    twin.execute(
        "insert into registration.semesters (id, name, registration_start, registration_end)"
        " values (:id, 'A Semester', :start, :end)",
        [
            {"id": one, "start": now + timedelta(days=start), "end": now + timedelta(days=end)}
            for one, (start, end) in zip(semesters, days, strict=True)
        ],
    )
    twin.execute(
        "insert into registration.courses"
        " (id, semester_id, course_name, professor, schedule, max_capacity, reserve_limit)"
        " values (:id, :semester, 'A Course', 'Prof. Who', 'Mon 08:00', :seats, :queue)",
        [
            {"id": course, "semester": semesters[course == CLOSED], "seats": 1 + place, "queue": 3 - place}
            for place, course in enumerate((*COURSES, CLOSED))
        ],
    )
    twin.execute(
        "insert into registration.students (id, student_number, full_name, password_hash)"
        " values (:id, :number, 'A', '')",
        [{"id": student, "number": str(student)} for student in STUDENTS],
    )


class Students(Writes):
    """What they ask of registration."""

    def __init__(self, seed: int, campus: Campus) -> None:
        super().__init__(seed)
        self.tokens = [campus.token(sub=str(student)) for student in STUDENTS]
        self.stranger = campus.token(sub=str(STRANGER))

    def choose(self) -> Ask:
        course = self.chance.choice((*COURSES * 6, CLOSED, UNKNOWN))
        action = self.chance.choice(("register", "register", "drop"))
        token = self.stranger if self.chance.random() < 0.03 else self.chance.choice(self.tokens)
        return self.keyed(Ask("POST", f"/courses/{course}/{action}", None, None, token))


REGISTRATION_TABLES = (
    "select course_id, student_id, status, reserve_position from registration.course_registrations order by 1, 2",
    "select id, enrolled_count, reserved_count, version from registration.courses order by 1",
    "select course_id, student_id, version, action, status, reserve_position, promoted_student_id, "
    "promoted_from_position, refusal, op_id, request_hash, answer from registration.events order by id",
)


def test_registration_is_decided_alike_in_python_and_in_sql(twins: list[Twin], campus: Campus) -> None:
    students, seen = Students(3, campus), set()
    desks = [replace(twin, url=f"{twin.url}/registration") for twin in twins]
    for desk in desks:
        open_campus(desk)
    for step in range(STEPS):
        ask = students.choose()
        python, sql = (desk.send(ask) for desk in desks)
        assert sql == python, f"{step}: {ask}"
        seen.add(str(python[2].get("code", python[2].get("status", "dropped"))))
    for query in REGISTRATION_TABLES:
        rows = desks[0].read(query)
        assert desks[1].read(query) == rows
        assert rows
    refusals = {"course_not_found", "registration_closed", "already_registered", "course_full", "not_registered"}
    granted = {"ENROLLED", "RESERVED", "dropped"}
    assert seen == refusals | granted | {"invalid_token", "idempotency_key_reused"}
