"""Anomalies that are planted into a clean history: one each, the audit that must report it and its companions.

A companion may report the same anomaly: a wrong version also moves the intervals in which states were visible.
"""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass

from tests.property.model import History, Row

Planting = Callable[[History, random.Random], bool]
ORDER = frozenset({"reordered", "refused_wrongly", "read_wrongly", "went_back"})


@dataclass(frozen=True)
class Plant:
    audit: str
    plant: Planting
    companions: frozenset[str] = frozenset()


def told(history: History, outcome: str, kind: str = "write") -> list[Row]:
    return [op for op in history.operations if op["outcome"] == outcome and op["kind"] == kind]


def effects_of(history: History, op: Row) -> list[Row]:
    return [e for e in history.effects if e["op_id"] == op["op"] and not e.get("refused")]


def last_moment(history: History) -> float:
    return float(max(op["to"] or op["from"] for op in history.operations)) + 100


def extra(history: History, **changes: object) -> Row:
    at = last_moment(history)
    base: Row = {
        "op": f"{history.name}.planted",
        "n": 1,
        "client": f"{history.name}-planted",
        "kind": "write",
        "actor": "",
        "action": "register",
        "entities": [],
        "args": None,
        "key": None,
        "from": at,
        "to": at + 0.01,
        "outcome": "ok",
        "code": None,
        "answer": None,
        "rank": 0,
    }
    history.operations.append(base | changes)
    return history.operations[-1]


def read(history: History, items: list[Row], **changes: object) -> Row:
    answer = {
        "items": items,
        "claim": changes.pop("claim", None),
        "counts": changes.pop("counts", {}),
        "stale_s": 0,
    }
    return extra(history, kind="read", action="view", answer=answer, **changes)


def lost_effect(history: History, chance: random.Random) -> bool:
    found = [e for op in told(history, "ok") for e in effects_of(history, op)]
    if found:
        history.effects.remove(chance.choice(found))
    return bool(found)


def lost_entity(history: History, chance: random.Random) -> bool:
    found = [op for op in told(history, "ok") if len(op["entities"]) > 2]
    if found:
        history.effects.remove(chance.choice(effects_of(history, chance.choice(found))))
    return bool(found)


def lost_refusal(history: History, chance: random.Random) -> bool:
    found = [
        e for e in history.effects if e.get("refused") and any(o["op"] == e["op_id"] for o in told(history, "refused"))
    ]
    if found:
        history.effects.remove(chance.choice(found))
    return bool(found)


def phantom(history: History, chance: random.Random) -> bool:
    found = [op for op in told(history, "ok") if effects_of(history, op)]
    if not found:
        return False
    chosen = chance.choice(found)
    for op in history.operations:
        if op["op"] == chosen["op"]:
            op.update(outcome="refused", code="not_registered", answer=None, key=None, to=op["to"] or op["from"])
    return True


def unexpected(history: History, chance: random.Random) -> bool:
    history.effects.append(
        {"op_id": "nobody", "actor": "x", "action": "register", "entity": f"course {history.name}/0", "version": 10**6}
    )
    return True


def duplicated(history: History, chance: random.Random) -> bool:
    found = [e for op in told(history, "ok") for e in effects_of(history, op)]
    if found:
        history.effects.append(dict(chance.choice(found), version=10**6))
    return bool(found)


def mismatched_field(history: History, chance: random.Random) -> bool:
    found = [e for op in told(history, "ok") for e in effects_of(history, op) if e.get("answer")]
    if found:
        effect = chance.choice(found)
        answer = json.loads(effect["answer"])
        answer[chance.choice(sorted(answer))] = 77
        effect["answer"] = json.dumps(answer)
    return bool(found)


def mismatched_null(history: History, chance: random.Random) -> bool:
    found = [
        e for op in told(history, "ok") for e in effects_of(history, op) if '"position": null' in e.get("answer", "")
    ]
    found += [
        e for op in told(history, "ok") for e in effects_of(history, op) if '"position": 1' in e.get("answer", "")
    ]
    if found:
        effect = chance.choice(found)
        answer = json.loads(effect["answer"])
        answer["position"] = 2 if answer["position"] is None else None
        effect["answer"] = json.dumps(answer)
    return bool(found)


def mismatched_name(name: str) -> Planting:
    def plant(history: History, chance: random.Random) -> bool:
        found = [e for op in told(history, "ok") for e in effects_of(history, op) if e.get(name) and op.get(name)]
        if found:
            chance.choice(found)[name] = "another"
        return bool(found)

    return plant


def mismatched_refusal(history: History, chance: random.Random) -> bool:
    found = [
        e for e in history.effects if e.get("refused") and any(o["op"] == e["op_id"] for o in told(history, "refused"))
    ]
    if found:
        chance.choice(found)["refused"] = "another"
    return bool(found)


def reordered(history: History, chance: random.Random) -> bool:
    done = {op["op"]: op["to"] for op in reversed(told(history, "ok"))}
    began = {op["op"]: op["from"] for op in history.operations if op["n"] == 1}
    pairs = [
        (a, b)
        for a in history.effects
        for b in history.effects
        if a["entity"] == b["entity"]
        and a["version"] is not None
        and b["version"] is not None
        and done.get(a["op_id"], 1e9) + 0.1 < began.get(b["op_id"], 0)
    ]
    if pairs:
        a, b = chance.choice(pairs)
        a["version"], b["version"] = b["version"], a["version"]
    return bool(pairs)


def refused_wrongly(history: History, chance: random.Random) -> bool:
    extra(history, outcome="refused", code="never_allowed", entities=[f"course {history.name}/0"])
    return True


def sold_out_wrongly(history: History, chance: random.Random) -> bool:
    product = f"product {history.name}/new"
    history.states.append(
        {"entity": product, "version": 0, "facts": "{}", "allows": '["sold_out on order if quantity > 5"]'}
    )
    extra(
        history, outcome="refused", code="sold_out", action="order", entities=[product], args={product: {"quantity": 5}}
    )
    stored = {"op_id": f"{history.name}.planted", "action": "order", "entity": product, "refused": "sold_out"}
    history.effects.append(stored)
    return True


def not_found_wrongly(history: History, chance: random.Random) -> bool:
    product = f"product {history.name}/new"
    history.states.append({"entity": product, "version": 0, "facts": "{}"})
    extra(history, kind="read", outcome="refused", code="product_not_found", entities=[product])
    return True


def read_never(history: History, chance: random.Random) -> bool:
    found = [op for op in told(history, "ok", "read") if op["answer"]["items"]]
    if found:
        op = chance.choice(found)
        op["answer"] = json.loads(json.dumps(op["answer"]))
        facts = chance.choice(op["answer"]["items"])["facts"]
        facts[chance.choice(sorted(facts))] = "never"
    return bool(found)


def read_stale(history: History, chance: random.Random) -> bool:
    at, course = last_moment(history), f"course {history.name}/stale"
    for version in (0, 1):
        history.states.append({"entity": course, "version": version, "facts": json.dumps({"enrolled": version})})
    extra(history, op=f"{history.name}.w", entities=[course], to=at + 0.5)
    history.effects.append({"op_id": f"{history.name}.w", "action": "register", "entity": course, "version": 1})
    read(history, [{"entity": course, "facts": {"enrolled": 0}}], **{"from": at + 1, "to": at + 2})
    return True


def read_extra_fact(history: History, chance: random.Random) -> bool:
    found = [op for op in told(history, "ok", "read") if op["answer"]["items"]]
    if found:
        op = chance.choice(found)
        op["answer"] = json.loads(json.dumps(op["answer"]))
        chance.choice(op["answer"]["items"])["facts"]["another"] = 1
    return bool(found)


def read_incomplete(history: History, chance: random.Random) -> bool:
    course, actor = f"course {history.name}/0", f"student {history.name}/new"
    history.states.append({"entity": course, "version": 0, "facts": '{"own": true}', "actor": actor})
    read(history, [], actor=actor, claim={"mine": True, "where": {"own": True}})
    return True


def read_unlisted(history: History, chance: random.Random) -> bool:
    facts = {"kind": "product", "history": history.name + "x"}
    history.states.append({"entity": f"product {history.name}/new", "version": 0, "facts": json.dumps(facts)})
    read(history, [], claim={"mine": False, "where": facts})
    return True


def read_wrong_count(history: History, chance: random.Random) -> bool:
    read(history, [], counts={f"{history.name} enrolled": chance.choice([-1, 1000])})
    return True


def went_back(history: History, chance: random.Random) -> bool:
    at, course = last_moment(history), f"course {history.name}/back"
    for version in (0, 1):
        history.states.append({"entity": course, "version": version, "facts": json.dumps({"enrolled": version})})
    extra(history, op=f"{history.name}.w", client=f"{history.name}-w", entities=[course], to=at + 10)
    history.effects.append({"op_id": f"{history.name}.w", "action": "register", "entity": course, "version": 1})
    for n, seen in ((1, 1), (2, 0)):
        item = {"entity": course, "facts": {"enrolled": seen}}
        read(history, [item], op=f"{history.name}.r{n}", **{"from": at + 2 * n, "to": at + 2 * n + 1})
    return True


def answered_twice(history: History, chance: random.Random) -> bool:
    found = [op for op in told(history, "ok") if op["answer"] and "status" in op["answer"]]
    if found:
        op = chance.choice(found)
        history.operations.append(
            op | {"n": 9, "from": op["to"], "to": op["to"] + 1, "answer": op["answer"] | {"status": "other"}}
        )
    return bool(found)


def changed(history: History, chance: random.Random) -> bool:
    what, row = chance.choice(["change", "add", "remove"]), chance.choice(history.frozen_after)
    if what == "change":
        row["fingerprint"] = "another"
    elif what == "add":
        history.frozen_after.append(dict(row, row_key="new"))
    else:
        history.frozen_after.remove(row)
    return True


PLANTS = {
    # Without its effect a version counts in no total, and bounds no state.
    "lost_effect": Plant("lost", lost_effect, ORDER),
    "lost_entity": Plant("lost", lost_entity, ORDER),
    "lost_refusal": Plant("lost", lost_refusal),
    # It is refused in the model's words, so that its refusal may lack a state, too.
    "phantom": Plant("phantom", phantom, frozenset({"refused_wrongly"})),
    "unexpected": Plant("unexpected", unexpected),
    "duplicated": Plant("duplicated", duplicated, ORDER),
    "mismatched_field": Plant("mismatched", mismatched_field),
    "mismatched_null": Plant("mismatched", mismatched_null),
    "mismatched_action": Plant("mismatched", mismatched_name("action")),
    "mismatched_actor": Plant("mismatched", mismatched_name("actor")),
    "mismatched_key": Plant("mismatched", mismatched_name("key")),
    "mismatched_refusal": Plant("mismatched", mismatched_refusal),
    "reordered": Plant("reordered", reordered, ORDER),
    "refused_wrongly": Plant("refused_wrongly", refused_wrongly),
    "sold_out_wrongly": Plant("refused_wrongly", sold_out_wrongly),
    "not_found_wrongly": Plant("refused_wrongly", not_found_wrongly),
    "read_never": Plant("read_wrongly", read_never),
    "read_stale": Plant("read_wrongly", read_stale),
    "read_extra_fact": Plant("read_wrongly", read_extra_fact),
    "read_incomplete": Plant("read_wrongly", read_incomplete),
    "read_unlisted": Plant("read_wrongly", read_unlisted),
    "read_wrong_count": Plant("read_wrongly", read_wrong_count),
    "went_back": Plant("went_back", went_back),
    "answered_twice": Plant("answered_twice", answered_twice),
    "changed": Plant("changed", changed),
}
