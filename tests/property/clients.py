"""Clients of the model, which record what they are told.

Each operation takes effect at one instant between its real begin and end. Requests and answers get lost, or arrive
after the client gave up; the same operation is sent again and gets the stored answer.
"""

import heapq
import random

from tests.property.model import WORKERS, History, Row, Size, System

FATES = ("request lost", "answer lost", "late", "killed")


def simulate(name: str, size: Size) -> History:
    """Run clients against the system until each has done its operations."""
    clients = _Clients(name, size)
    clients.run()
    history = clients.system.history
    for key in range(3):
        row = {"table_name": f"table {name}", "row_key": str(key), "fingerprint": str(key)}
        history.frozen_before.append(row)
        history.frozen_after.append(dict(row))
    return history


class _Clients:
    """All clients of one history; events happen in the order of their time."""

    def __init__(self, name: str, size: Size) -> None:
        self.system = System(History(name), size)
        self._name, self._size, self._chance = name, size, random.Random(size.seed)  # noqa: S311
        self._events: list[tuple[float, int, str, Row]] = []
        self._number = 0

    def run(self) -> None:
        for client in range(self._size.clients):
            self._push(self._pause(), "next", {"client": client, "left": self._size.operations})
        while self._events:
            now, _, what, op = heapq.heappop(self._events)
            if what == "next":
                self._begin(op, now)
            elif what == "apply":
                op["result"] = self.system.apply(op, now)
            else:
                self._end(op, now)

    def _push(self, moment: float, what: str, op: Row) -> None:
        self._number += 1
        heapq.heappush(self._events, (moment, self._number, what, op))

    def _pause(self) -> float:
        return self._chance.random() * self._size.latency

    def _begin(self, op: Row, now: float) -> None:
        if op["left"]:
            drawn = draw(self._chance, self.system, op["client"], self._size)
            self._send(drawn | {"left": op["left"] - 1, "op": f"{self._name}.{self._number}", "n": 1}, now)

    def _send(self, op: Row, now: float) -> None:
        arrives, back = now + self._pause(), self._pause()
        op = op | {"from": now, "fate": "answered", "result": None}
        if self._chance.random() < self._size.trouble:
            op["fate"] = self._chance.choice(FATES)
        if op["fate"] == "late":
            arrives += self._size.latency * 3
        if op["fate"] != "request lost":
            self._push(arrives, "apply", op)
        self._push(now + self._size.latency * 2 if op["fate"] != "answered" else arrives + back, "end", op)

    def _end(self, op: Row, now: float) -> None:
        known = record(self.system.history, op, now)
        if op["fate"] == "killed":
            return
        again = op["kind"] == "write" and self._chance.random() < (0.1 if known else 0.7)
        if again and op["n"] < 4:
            self._send(op | {"n": op["n"] + 1}, now + self._pause())
        else:
            self._push(now + self._pause(), "next", op)


def record(history: History, op: Row, now: float) -> bool:
    """Append what the client was told; whether the outcome is known."""
    known = op["fate"] == "answered" and op["result"] is not None
    told = op["result"] if known else {"outcome": "unknown", "code": "timeout", "answer": None, "key": None, "more": []}
    row = {k: op[k] for k in ("op", "n", "kind", "actor", "action", "args", "from")}
    row |= {
        "client": f"{history.name}-{op['client']}",
        "entities": op["entities"] + told["more"],
        "rank": op["client"] % WORKERS,
    }
    row |= {"to": None if op["fate"] == "killed" else now} | {k: told[k] for k in ("outcome", "code", "answer", "key")}
    history.operations.append(row)
    return known


def draw(chance: random.Random, system: System, client: int, size: Size) -> Row:
    """The next operation of a client."""
    name = system.history.name
    course = f"course {name}/{chance.randrange(size.courses)}"
    products = [f"product {name}/seeded{i}" for i in range(size.products)] + [
        f"product {name}/{i}" for i in range(1, 4)
    ]
    action = chance.choices(
        ["register", "drop", "order", "create", "delete", "view_course", "view_product", "mine", "products", "summary"],
        [6, 4, 4, 1, 0.5, 3, 2, 2, 1, 2],
    )[0]
    op: Row = {"client": client, "action": action, "actor": "", "args": None, "entities": [], "kind": "write"}
    if action in ("register", "drop", "mine"):
        op["actor"] = f"student {name}/{chance.choice([client, chance.randrange(size.clients)])}"
    if action in ("register", "drop", "view_course"):
        op["entities"] = [course]
    elif action == "order":
        op["entities"] = sorted(chance.sample(products, chance.choice([1, 1, 2])))
        op["args"] = {product: {"quantity": chance.randint(1, 3)} for product in op["entities"]}
    elif action == "create":
        op["entities"] = [f"sku {name}/{chance.randrange(3)}"]
    elif action in ("delete", "view_product"):
        op["entities"] = [chance.choice(products)]
    if action in ("view_course", "view_product", "mine", "products", "summary"):
        op["kind"] = "read"
    return op
