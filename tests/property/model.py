"""A small linearizable system that keeps its effects and states.

Courses have places and a queue, and dropping promotes the first in the queue; products are created, ordered (also two
at once) and deleted.
"""

import bisect
import json
import random
from dataclasses import dataclass, field
from typing import Any

from stampede.suite.rules import SystemRules

Row = dict[str, Any]
RULES = SystemRules(
    frozenset({"product_not_found"}),
    frozenset({"not_registered"}),
    frozenset({"course_full", "already_registered", "sold_out"}),
)
WORKERS = 3
STALE_S = 0.05


@dataclass(frozen=True)
class Size:
    seed: int
    clients: int = 4
    operations: int = 8
    courses: int = 2
    products: int = 2
    capacity: int = 2
    trouble: float = 0.2
    latency: float = 0.02


@dataclass
class History:
    """One history: rows as they will be written, `operations` with the real times of the master's clock."""

    name: str
    operations: list[Row] = field(default_factory=list)
    effects: list[Row] = field(default_factory=list)
    states: list[Row] = field(default_factory=list)
    frozen_before: list[Row] = field(default_factory=list)
    frozen_after: list[Row] = field(default_factory=list)


class System:
    """The database: entities with versions, one decision at a time."""

    def __init__(self, history: History, size: Size) -> None:
        self.history, self.size = history, size
        self.versions: dict[str, int] = {}
        self.enrolled: dict[str, list[str]] = {}
        self.queue: dict[str, list[str]] = {}
        self.stock: dict[str, int] = {}
        self.stored: dict[str, Row] = {}
        self.totals: list[tuple[float, int]] = [(-1e9, 0)]
        self.next_product = 0
        for i in range(size.courses):
            course = f"course {history.name}/{i}"
            self.enrolled[course], self.queue[course], self.versions[course] = [], [], 0
            self._state(course, facts={"kind": "course", "name": f"c{i}"}, aspect="description", version=0)
            self._course_state(course)
        for i in range(size.products):
            product = f"product {history.name}/seeded{i}"
            self.stock[product], self.versions[product] = 5, 0
            self._product_state(product)
        self._state(f"total {history.name} enrolled", facts={"value": 0}, version=0)

    def apply(self, op: Row, now: float) -> Row:
        """Decide an operation, once per op: outcome, code, answer, key, further entities."""
        if op["op"] in self.stored:
            return self.stored[op["op"]]
        decided: Row = {"outcome": "ok", "code": None, "answer": None, "key": None, "more": []}
        decided.update(getattr(self, f"_{op['action']}")(op, now))
        if decided["outcome"] == "refused" and decided["code"] in RULES.kept_refusals:
            self._effect(op, op["entities"][0], None, refused=decided["code"])
        self.stored[op["op"]] = decided
        return decided

    def _register(self, op: Row, now: float) -> Row:
        course, actor = op["entities"][0], op["actor"]
        if actor in self.enrolled[course] or actor in self.queue[course]:
            return {"outcome": "refused", "code": "already_registered"}
        if len(self.enrolled[course]) < self.size.capacity:
            self.enrolled[course].append(actor)
            answer: Row = {"status": "enrolled", "position": "null"}
            self._total(now, 1)
        elif len(self.queue[course]) < 2:
            self.queue[course].append(actor)
            answer = {"status": "waiting", "position": len(self.queue[course])}
        else:
            return {"outcome": "refused", "code": "course_full"}
        self._written(op, course, answer, adds=int(answer["status"] == "enrolled"))
        self._actor_state(course, actor)
        return {"answer": answer}

    def _drop(self, op: Row, now: float) -> Row:
        course, actor = op["entities"][0], op["actor"]
        if actor in self.queue[course]:
            before = list(self.queue[course])
            self.queue[course].remove(actor)
            answer: Row = {"dropped": "waiting", "promoted": "null"}
            affected, adds = before[before.index(actor) :], 0
        elif actor in self.enrolled[course]:
            self.enrolled[course].remove(actor)
            affected, adds = [actor, *self.queue[course]], -1
            promoted = self.queue[course].pop(0) if self.queue[course] else None
            if promoted:
                self.enrolled[course].append(promoted)
                adds = 0
            answer = {"dropped": "enrolled", "promoted": promoted or "null"}
            self._total(now, adds)
        else:
            return {"outcome": "refused", "code": "not_registered"}
        self._written(op, course, answer, adds=adds)
        for other in affected:
            self._actor_state(course, other)
        return {"answer": answer}

    def _order(self, op: Row, now: float) -> Row:
        for product in op["entities"]:
            if product not in self.stock:
                return {"outcome": "refused", "code": "product_not_found"}
        for product in op["entities"]:
            if self.stock[product] < op["args"][product]["quantity"]:
                return {"outcome": "refused", "code": "sold_out"}
        order = f"order {self.history.name}/{op['op']}"
        for product in op["entities"]:
            self.stock[product] -= op["args"][product]["quantity"]
            self.versions[product] += 1
            self._effect(op, product, self.versions[product], key=order)
            self._product_state(product)
        self.versions[order] = 1
        self._effect(op, order, 1, key=order, answer={"status": "new", "total": 2.5})
        self._state(order, facts={"status": "new", "total": "2.50"}, version=1)
        return {"answer": {"status": "new", "total": 2.50}, "key": order, "more": [order]}

    def _create(self, op: Row, now: float) -> Row:
        sku, self.next_product = op["entities"][0], self.next_product + 1
        if self.versions.get(sku, 0):
            return {"outcome": "refused", "code": "sku_taken"}
        product = f"product {self.history.name}/{self.next_product}"
        self.versions[sku], self.versions[product], self.stock[product] = 1, 0, 3
        self._effect(op, sku, 1, key=product)
        self._effect(op, product, 0, key=product)
        self._state(sku, facts={}, allows=["sku_taken on create"], version=1)
        self._product_state(product)
        return {"answer": {"stock": 3}, "key": product, "more": [product]}

    def _delete(self, op: Row, now: float) -> Row:
        product = op["entities"][0]
        if product not in self.stock:
            return {"outcome": "refused", "code": "product_not_found"}
        del self.stock[product]
        self.versions[product] += 1
        self._effect(op, product, self.versions[product])
        self._state(product, facts=None)
        return {}

    def _view_course(self, op: Row, now: float) -> Row:
        course = op["entities"][0]
        return self._read(
            [(course, self._course_facts(course)), (course, {"kind": "course", "name": course[-1:].join(["c", ""])})]
        )

    def _view_product(self, op: Row, now: float) -> Row:
        product = op["entities"][0]
        if product not in self.stock:
            return {"outcome": "refused", "code": "product_not_found"}
        return self._read([(product, {"stock": self.stock[product], "kind": "product"})])

    def _mine(self, op: Row, now: float) -> Row:
        items = [(course, facts) for course in self.enrolled if (facts := self._own_facts(course, op["actor"]))]
        return self._read(items, claim={"mine": True, "where": {"own": True}})

    def _products(self, op: Row, now: float) -> Row:
        items = [(p, {"stock": s}) for p, s in self.stock.items()]
        mark = {"kind": "product", "history": self.history.name}
        return self._read(items, claim={"mine": False, "where": mark})

    def _summary(self, op: Row, now: float) -> Row:
        then = now - random.Random(op["op"]).random() * STALE_S  # noqa: S311
        value = self.totals[bisect.bisect_right(self.totals, (then, 10**9)) - 1][1]
        return self._read([], counts={f"{self.history.name} enrolled": value}, stale_s=STALE_S)

    def _read(
        self, items: list[tuple[str, Row]], claim: Row | None = None, counts: Row | None = None, stale_s: float = 0
    ) -> Row:
        found = [{"entity": entity, "facts": facts} for entity, facts in items]
        return {"answer": {"items": found, "claim": claim, "counts": counts or {}, "stale_s": stale_s}}

    def _total(self, now: float, change: int) -> None:
        if change:
            self.totals.append((now, self.totals[-1][1] + change))

    def _written(self, op: Row, course: str, answer: Row, adds: int) -> None:
        self.versions[course] += 1
        stored = {k: None if v == "null" else v for k, v in answer.items()}
        self._effect(
            op,
            course,
            self.versions[course],
            answer=stored,
            adds={f"{self.history.name} enrolled": adds} if adds else None,
        )
        self._course_state(course)

    def _effect(self, op: Row, entity: str, version: int | None, **more: Any) -> None:
        row = {"op_id": op["op"], "actor": op["actor"], "action": op["action"], "entity": entity, "version": version}
        for name in ("answer", "adds"):
            if more.get(name) is not None:
                more[name] = json.dumps(more[name])
        self.history.effects.append(row | more)

    def _state(
        self, entity: str, facts: Row | None, allows: list[str] | None = None, version: int | None = None, **more: Any
    ) -> None:
        at = self.versions[entity] if version is None else version
        text = None if facts is None else json.dumps(facts)
        self.history.states.append(
            {"entity": entity, "version": at, "facts": text, "allows": json.dumps(allows or [])} | more
        )

    def _course_facts(self, course: str) -> Row:
        full = len(self.enrolled[course]) >= self.size.capacity
        return {"enrolled": len(self.enrolled[course]), "waiting": len(self.queue[course]), "full": full}

    def _course_state(self, course: str) -> None:
        full = len(self.enrolled[course]) >= self.size.capacity and len(self.queue[course]) >= 2
        self._state(course, self._course_facts(course), ["course_full on register"] if full else [])

    def _own_facts(self, course: str, actor: str) -> Row | None:
        if actor in self.enrolled[course]:
            return {"own": True, "status": "enrolled", "position": "null"}
        if actor in self.queue[course]:
            return {"own": True, "status": "waiting", "position": self.queue[course].index(actor) + 1}
        return None

    def _actor_state(self, course: str, actor: str) -> None:
        facts = self._own_facts(course, actor)
        kept = facts and {k: None if v == "null" else v for k, v in facts.items()}
        self._state(course, kept, ["already_registered"] if facts else ["not_registered on drop"], actor=actor)

    def _product_state(self, product: str) -> None:
        stock = self.stock[product]
        facts = {"kind": "product", "history": self.history.name, "stock": stock}
        self._state(product, facts, [f"sold_out on order if quantity > {stock}"])
