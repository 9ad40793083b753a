"""Every field of every answer is looked at: another value, answer, refusal or repetition is reported."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.scene import RULES, Rules, Scene

Statement = tuple[str, tuple[Any, ...]]
Change = tuple[str, list[Statement]]
READ = """
select ctid::text, op_id, kind, action, outcome, code, answer from operations
where outcome <> 'unknown' order by attempt desc, invoked_at
"""
ANSWER = "update operations set answer = %s::jsonb where ctid = %s::tid"
REFUSE = "update operations set outcome = 'refused', code = %s, answer = null, key = null where ctid = %s::tid"
ANSWER_REFUSED = "update operations set outcome = 'ok', code = null, answer = %s::jsonb where ctid = %s::tid"
REPEAT = """
insert into operations
select op_id, attempt + 1, worker, client, kind, actor, action, entities, args, key, later, later + 0.0005, outcome,
       code, %s::jsonb
from operations cross join (select max(completed_at) + 1 as later from operations) latest
where operations.ctid = %s::tid
"""


class Told:
    """An answered operation of the baseline."""

    def __init__(
        self, row: str, op_id: str, kind: str, action: str, outcome: str, code: str | None, answer: Any
    ) -> None:
        self.row, self.op_id, self.kind, self.action = row, op_id, kind, action
        self.outcome, self.code, self.answer = outcome, code, answer


def another(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    return f"{value}x" if isinstance(value, str) else "x"


def set_value(told: Told, answer: dict[str, Any]) -> Statement:
    return ANSWER, (json.dumps(answer), told.row)


def fields(operations: list[Told]) -> Iterator[Change]:
    """Another value of each field of each action's answers; the answers of one action take turns."""
    seen: dict[str, int] = {}
    for told in operations:
        for label, answer in [] if told.answer is None else changed_answers(told):
            # Reads show many things; one of each fact is enough.
            if seen.setdefault(label, 0) < 1:
                seen[label] += 1
                yield label, [set_value(told, answer)]


def changed_answers(told: Told) -> Iterator[tuple[str, dict[str, Any]]]:
    answer = told.answer
    if told.kind == "write":
        for name, value in answer.items():
            yield f"{told.action}.{name}", answer | {name: another(value)}
        return
    for place, item in enumerate(answer["items"]):
        for name, value in item["facts"].items():
            items = [*answer["items"]]
            items[place] = item | {"facts": item["facts"] | {name: another(value)}}
            yield f"{told.action}.{name}", answer | {"items": items}
        yield (
            f"{told.action} without {item['entity'] if answer['claim'] else 'its item'}",
            answer | {"items": [i for i in answer["items"] if i is not item]},
        )
    if answer["claim"] and len(answer["items"]) > 1:
        yield f"{told.action} without items", answer | {"items": []}
    if answer["claim"] and answer["claim"].get("page"):
        yield f"{told.action} reversed", answer | {"items": answer["items"][::-1]}
    for name, value in answer["counts"].items():
        yield f"{told.action} count {name}", answer | {"counts": answer["counts"] | {name: value + 1}}


def swaps(operations: list[Told]) -> Iterator[Change]:
    """Two operations of one action have each other's answers."""
    given = [told for told in operations if told.answer is not None]
    for told in given:
        others = [o for o in given if o.action == told.action and o.answer != told.answer and o.op_id != told.op_id]
        for other in others[:1]:
            changed = [set_value(told, as_asked(told, other)), set_value(other, as_asked(other, told))]
            yield f"{told.action} {told.op_id}", changed


def as_asked(told: Told, other: Told) -> dict[str, Any]:
    """The other's answer as this operation records it: what a read claims, and the names of its counts, are its own."""
    answer: dict[str, Any] = dict(other.answer)
    if told.kind == "read":
        answer["counts"] = dict(zip(told.answer["counts"], answer["counts"].values(), strict=False))
        answer["claim"] = told.answer["claim"]
        if answer["claim"] and answer["claim"].get("page"):
            page = answer["claim"]["page"] | {"total": other.answer["claim"]["page"]["total"]}
            answer["claim"] = answer["claim"] | {"page": page}
    return answer


def refusals(operations: list[Told], codes: tuple[str, ...]) -> Iterator[Change]:
    """A granted operation is refused, and a refusal has another code or is granted."""
    tried: set[str] = set()
    for told in operations:
        for code in codes:
            label = f"{told.action} {told.code or 'ok'} as {code}"
            if code != told.code and label not in tried:
                tried.add(label)
                yield label, [(REFUSE, (code, told.row))]
        granted = [o.answer for o in operations if o.action == told.action and o.answer is not None]
        if told.outcome == "refused" and granted:
            yield f"{told.action} {told.op_id} as ok", [(ANSWER_REFUSED, (json.dumps(granted[0]), told.row))]


def repeats(operations: list[Told]) -> Iterator[Change]:
    """A write is asked again and answered otherwise."""
    for told in operations:
        if told.kind == "write" and told.answer:
            name = next(iter(told.answer))
            answer = told.answer | {name: another(told.answer[name])}
            yield f"{told.action} {told.op_id}", [(REPEAT, (json.dumps(answer), told.row))]


class Referee:
    """All audits. The audit that reported the last change runs alone first: it often reports the next change too."""

    def __init__(self, scene: Scene, rules: Rules, folder: Path) -> None:
        self._scene, self._rules, self._folder = scene, rules, folder
        self._saw_last = ""
        scene.export(rules, folder)

    def sees(self, statements: list[Statement]) -> bool:
        self._scene.reset(self._rules)
        with self._scene.connection.cursor() as cursor:
            for statement, values in statements:
                cursor.execute(statement, values)
                assert cursor.rowcount == 1
        return (self._saw_last != "" and self._ask(self._saw_last)) or self._ask()

    def _ask(self, only: str = "") -> bool:
        results = self._scene.audit(self._rules, self._folder, only).values()
        failed = [result.name for result in results if result.outcome == "fail"]
        self._saw_last = failed[0] if failed else ""
        return bool(failed)


@pytest.mark.parametrize("way", ["fields", "swaps", "refusals", "repeats"])
@pytest.mark.parametrize("rules", RULES, ids=lambda rules: rules.system)
def test_every_change_of_an_answer_is_seen(scene: Scene, rules: Rules, way: str, tmp_path: Path) -> None:
    with scene.connection.cursor() as cursor:
        cursor.execute(READ)
        operations = [Told(*row) for row in cursor.fetchall()]
    system = scene.systems[rules.system]
    absences = [rule.split()[0] for rule in (*system.absent.entity, *system.absent.actor)]
    codes = tuple(sorted({*system.kept_refusals, *absences, "invalid_request"}))
    changes: dict[str, Callable[[list[Told]], Iterator[Change]]] = {
        "fields": fields,
        "swaps": swaps,
        "refusals": lambda told: refusals(told, codes),
        "repeats": repeats,
    }
    referee = Referee(scene, rules, tmp_path)
    unseen = {label for label, statements in changes[way](operations) if not referee.sees(statements)}
    assert sorted(unseen) == [], "no audit reports these"
