"""What the suite derives from movements and events must be what the target showed and answered."""

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from sqlalchemy import Engine

from seed import inventory
from seed.world import make_world
from tests.integration.api.test_equal_decisions import Customers, Shopper
from tests.integration.api.twins import Ask, Twin
from tests.integration.evidence.conftest import recorded, rows_of

STEPS = 400
WORLD = inventory.World(products=6, stock=(3, 8), orders=10)
PAGE = "per_page=100"
STATUSES = {"PENDING", "PAID", "SHIPPED", "CANCELED"}


def flat(order: dict[str, Any]) -> dict[str, Any]:
    """An order as clients record it; its lines as one text."""
    lines = [f"{one['product_id']}x{one['quantity']}@{round(one['unit_price'] * 100)}" for one in order["lines"]]
    facts: dict[str, Any] = recorded({**order, "lines": ",".join(lines)})
    return facts


@dataclass
class Past:
    """What was sent and answered, and what the target showed of each version."""

    target: Twin
    answers: dict[str, tuple[Ask, int, dict[str, Any]]] = field(default_factory=dict)
    shown: dict[tuple[str, int], dict[str, Any]] = field(default_factory=dict)
    shopper: Shopper = field(init=False)

    def __post_init__(self) -> None:
        self.shopper = Shopper(self.target)

    def get(self, path: str) -> Any:
        return self.target.session.get(self.target.url + path).json()

    def versions(self, table: str) -> dict[int, int]:
        return {row[0]: row[1] for row in self.target.read(f"select id, version from inventory.{table}")}

    def look(self) -> None:
        """Keep what is shown of every version that is new."""
        for table, entity, view in (("products", "product", recorded), ("orders", "order", flat)):
            versions = self.versions(table)
            if all((f"{entity} {key}", version) in self.shown for key, version in versions.items()):
                continue
            for page in range(1, 4):
                for one in self.get(f"/{table}/?{PAGE}&page={page}")[table]:
                    self.shown.setdefault((f"{entity} {one['id']}", versions[one["id"]]), view(one))

    def send(self, ask: Ask) -> None:
        ask = replace(ask, path=ask.path.format(*self.shopper.orders))
        status, _, body = self.target.send(ask)
        if status == 201 and "lines" in body:
            self.shopper.orders.append(body["id"])
        self.answers[str(ask.key)] = (ask, status, body)
        self.look()


@pytest.fixture(scope="module")
def past(target: Twin) -> Past:
    """Random writes on a seeded world."""
    engine: Engine = target.engine
    make_world(engine, inventory.SEEDER, 1, WORLD, reset=True)
    past, customers = Past(replace(target, url=f"{target.url}/inventory")), Customers(seed=4)
    past.look()
    for step in range(STEPS):
        past.send(replace(customers.choose(), key=f"op-{step}"))
        customers.orders = len(past.shopper.orders)
    for order in range(1, 5):
        past.send(Ask("POST", f"/orders/{order}/{('pay', 'cancel')[order % 2]}", None, f"seeded-{order}"))
    return past


def test_states_are_what_reads_show(past: Past) -> None:
    states = {(row["entity"], row["version"]): row for row in rows_of(past.target, "states", "inventory")}
    for shown, facts in past.shown.items():
        assert states[shown]["facts"] == facts, shown
    named = {key for key in states if key[0].startswith(("product", "order"))}
    # A batch of lines makes no version that was not shown.
    assert named == set(past.shown)
    assert len(named) > STEPS / 2
    assert {facts.get("name") for facts in past.shown.values()} >= {"Renamed", "Made"}
    assert {facts.get("status", "PAID") for facts in past.shown.values()} == STATUSES


def test_refusals_are_allowed_by_the_state_shown(past: Past) -> None:
    states = {(row["entity"], row["version"]): row for row in rows_of(past.target, "states", "inventory")}
    for (entity, version), facts in past.shown.items():
        allows = states[entity, version]["allows"]
        if entity.startswith("product"):
            assert allows == [f"sold_out on order if quantity > {facts['stock']}"]
            continue
        illegal = {one.removeprefix("illegal_transition on ") for one in allows if one.startswith("illegal")}
        expected = {
            "PENDING": {"ship"},
            "PAID": {"pay"},
            "SHIPPED": {"pay", "ship", "cancel"},
            "CANCELED": {"pay", "ship"},
        }
        assert illegal == expected[facts["status"]]
        wrong = [one for one in allows if one.startswith("wrong_amount")]
        total = f"wrong_amount on pay if amount <> {facts['total_value']:.2f}"
        assert wrong == [total] * (facts["status"] == "PENDING")


def test_skus_are_taken_from_when_they_were_made(past: Past) -> None:
    states = rows_of(past.target, "states", "inventory")
    taken = {row["entity"]: row["version"] for row in states if row["entity"].startswith("sku ")}
    assert all(version == (not sku.startswith("sku SEED")) for sku, version in taken.items())
    assert set(taken) == {f"sku {one['sku']}" for one in all_products(past)}


def all_products(past: Past) -> list[dict[str, Any]]:
    return list(past.get(f"/products/?{PAGE}")["products"])


def test_effects_are_the_answers(past: Past) -> None:
    effects: dict[str, list[dict[str, Any]]] = {}
    for row in rows_of(past.target, "effects", "inventory"):
        effects.setdefault(row["op_id"], []).append(row)
    assert set(effects) == set(past.answers)
    codes = Counter[str]()
    for key, (ask, status, body) in past.answers.items():
        rows = effects[key]
        if status >= 300:
            assert [row["refused"] for row in rows] == [body["code"]]
            assert [row["version"] for row in rows] == [None]
            codes[body["code"]] += 1
            continue
        told = flat(body) if "lines" in body else body
        whole = [row for row in rows if told.items() <= (row["answer"] or {}).items()]
        assert {row["entity"].split()[0] for row in whole} >= {"order" if "lines" in body else "product"}, ask
        if ask.path.startswith("/orders/") and ask.path.count("/") == 2:
            moved = {row["entity"]: row["answer"]["moved"] for row in rows if row["entity"].startswith("product")}
            assert moved == {f"product {line['product_id']}": -line["quantity"] for line in body["lines"]}
        if status == 201:
            assert {row["key"] for row in rows} == {str(body["id"])}
    assert set(codes) == {
        "product_not_found", "order_not_found", "sku_taken", "sold_out", "wrong_amount", "illegal_transition",
    }  # fmt: skip


def test_totals_are_what_the_summary_says(past: Past) -> None:
    totals = {
        row["entity"].removeprefix("total "): row["facts"]["value"]
        for row in rows_of(past.target, "states", "inventory")
        if row["entity"].startswith("total ")
    }
    assert (totals["products"], totals["orders"]) == (WORLD.products, WORLD.orders)
    for row in rows_of(past.target, "effects", "inventory"):
        for name, value in (row["adds"] or {}).items():
            totals[name] += value
    summary = past.get("/summary")
    products, orders = summary["inventory"]["products"], summary["inventory"]["orders"]
    assert totals == {
        "products": products["total"],
        "in_stock": products["in_stock"],
        "out_of_stock": products["out_of_stock"],
        "low_stock": products["low_stock_count"],
        "stock_quantity": products["total_stock_quantity"],
        "stock_value_cents": round(products["total_stock_value"] * 100),
        "orders": orders["total"],
        **{f"orders {status}": orders[status.lower()] for status in STATUSES},
        "quantity_ordered": orders["total_quantity_ordered"],
        "order_value_cents": round(summary["orders"]["total_order_value"] * 100),
    }
