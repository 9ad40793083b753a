"""What a read says of its items: a sort, facts, conditions, a page of a sorted list."""

from pathlib import Path
from typing import Any

import pytest

from tests.unit.stampede.verify.evidence import Row, audit, effect, read, state, write

COLOURS = {1: "red", 2: "red", 3: "blue", 4: "red", 5: "red"}
STATES = [state(0, {"id": n, "colour": c}, entity=f"item {n}") for n, c in COLOURS.items()]
STATES += [state(0, {"id": 1}, entity="order 1")]


def shown(*numbers: int) -> list[tuple[str, Row]]:
    return [(f"item {n}", {"id": n}) for n in numbers]


def wrong(folder: Path, items: list[tuple[str, Row]], told: list[Row] | None = None, **claim: Any) -> list[str]:
    """The entities that are reported of one read with this claim, between 5 and 6 s."""
    operations = [*(told or []), read("r", 5, 6, *items, claim={"of": "item", **claim})]
    effects = [effect("w", 1, entity="item 9")] if told else []
    states = [*STATES, *([state(1, {"id": 9}, entity="item 9")] if told else [])]
    return sorted(row.entity for row in audit(folder, operations, "read_wrongly", states=states, effects=effects).rows)


@pytest.mark.parametrize(
    ("numbers", "claim", "missing"),
    [
        ((1, 2, 3, 4, 5), {}, []),
        ((1, 2, 4, 5), {}, ["item 3"]),
        ((), {"complete": False}, []),
        ((1, 2, 4, 5), {"where": {"colour": "red"}}, []),
        ((1, 4, 5), {"where": {"colour": "red"}}, ["item 2"]),
        ((4, 5), {"conditions": ["id > 3"]}, []),
        ((5,), {"conditions": ["id >= 4", "id < 9"]}, ["item 4"]),
    ],
)
def test_claim_of_all(tmp_path: Path, numbers: tuple[int, ...], claim: Row, missing: list[str]) -> None:
    assert wrong(tmp_path, shown(*numbers), **claim) == missing


def test_condition_on_a_number_that_no_state_has_is_unknown(tmp_path: Path) -> None:
    claim = {"of": "item", "complete": False, "conditions": ["prise > 2"]}
    result = audit(tmp_path, [read("r", 5, 6, claim=claim)], "read_wrongly", states=STATES)
    assert (result.outcome, "no state of item has the number prise" in result.reason) == ("unknown", True)


def test_item_that_fits_no_longer_is_wrong(tmp_path: Path) -> None:
    states = [state(0, {"name": "pen", "status": "open"}), state(1, {"name": "pen", "status": "closed"})]
    claim = {"of": "item", "where": {"status": "open"}}
    reads = [read(op, at, at + 1, ("item 1", {"name": "pen"}), claim=claim) for op, at in (("r", 1.5), ("s", 50))]
    result = audit(tmp_path, [write("a", 1, 2), *reads], "read_wrongly", effects=[effect("a", 1)], states=states)
    assert [(row.entity, row.detail.split(",")[0]) for row in result.rows] == [("item 1", "view by s")]


def test_item_of_another_is_none_of_mine(tmp_path: Path) -> None:
    states = [state(0, {"name": "pen"}, aspect="description"), state(0, {"holder": "ann"}, actor="ann")]
    lists = {
        actor: read(actor, 1, 2, ("item 1", {"name": "pen"}), actor=actor, claim={"of": "item", "mine": True})
        for actor in ("ann", "bob")
    }
    result = audit(tmp_path, list(lists.values()), "read_wrongly", states=states)
    assert [row.detail.split(",")[0] for row in result.rows] == ["view by bob"]


@pytest.mark.parametrize(
    ("items", "claim", "misfits"),
    [
        ([("order 1", {"id": 1})], {}, ["order 1"]),
        ([("item 3", {"id": 3, "colour": "blue"})], {"where": {"colour": "red"}}, ["item 3"]),
        (shown(3), {"where": {"colour": "red"}}, ["item 3"]),
        (shown(2, 3), {"conditions": ["id > 2"]}, ["item 2"]),
    ],
)
def test_item_that_the_claim_excludes(
    tmp_path: Path, items: list[tuple[str, Row]], claim: Row, misfits: list[str]
) -> None:
    assert wrong(tmp_path, items, complete=False, **claim) == misfits


@pytest.mark.parametrize(
    ("numbers", "page", "found"),
    [
        ((1, 2), {"number": 1}, []),
        ((3, 4), {"number": 2}, []),
        ((5,), {"number": 3}, []),
        ((), {"number": 4}, []),
        ((2, 3), {"number": 1}, ["item 1"]),
        ((3, 5), {"number": 2}, ["item 4"]),
        ((3,), {"number": 2}, ["item 4", "item 5"]),
        ((), {"number": 1}, [f"item {n}" for n in COLOURS]),
        ((2, 1), {"number": 1}, ["page 1"]),
        ((1, 2, 3), {"number": 1}, ["page 1"]),
        ((5, 4), {"number": 1, "order": "-id"}, []),
        ((4, 3), {"number": 1, "order": "-id"}, ["item 5"]),
        ((5, 3), {"number": 1, "order": "-id"}, ["item 4"]),
        ((1,), {"number": 3, "order": "-id"}, []),
        ((1, 2), {"number": 1, "order": "-id"}, [*(f"item {n}" for n in (3, 4, 5)), "page 1"]),
        ((3, 4), {"number": 2, "total": 5}, []),
        ((4, 5), {"number": 2, "total": 5}, []),  # where a later page begins is not compared
        ((5,), {"number": 3, "total": 5}, []),
        ((5,), {"number": 3, "total": 6}, ["page 3"]),
        ((), {"number": 3, "total": 5}, ["page 3"]),
        ((5,), {"number": 2, "total": 5}, ["page 2"]),
    ],
)
def test_page_of_a_sorted_list(tmp_path: Path, numbers: tuple[int, ...], page: Row, found: list[str]) -> None:
    assert wrong(tmp_path, shown(*numbers), page={"size": 2, "order": "id", **page}) == found


@pytest.mark.parametrize(("completed", "found"), [(4, ["item 9"]), (5.5, [])])
def test_page_needs_what_was_surely_there(tmp_path: Path, completed: float, found: list[str]) -> None:
    told = [write("w", 3, completed, entities=["item 9"])]
    assert wrong(tmp_path, shown(4, 5), told, page={"number": 2, "size": 3, "order": "id"}) == found


def test_page_of_a_list_of_its_own(tmp_path: Path) -> None:
    states = [state(0, {"id": 1}, entity=f"item {who}", actor=who) for who in ("ann", "bob")]
    claim = {"of": "item", "mine": True, "page": {"number": 1, "size": 5, "order": "id"}}
    told = [read(who, 1, 2, ("item ann", {"id": 1}), claim=claim, actor=who) for who in ("ann", "bob")]
    rows = audit(tmp_path, told, "read_wrongly", states=states).rows
    assert sorted(row.entity for row in rows) == ["item ann", "item bob"]


@pytest.mark.parametrize(
    ("claim", "reason"),
    [
        ({"conditions": ["id is 3"]}, "cannot parse the condition id is 3"),
        ({"conditions": ["id < three"]}, "cannot parse the condition id < three"),
        ({"where": {"colr": "red"}}, "no state of item has the facts"),
        ({"page": {"number": 1, "size": 2, "order": "colour"}}, "no state has a number colour"),
        ({"page": {"number": 1, "size": 2, "order": "idd"}}, "no state has a number idd"),
    ],
)
def test_claim_that_cannot_be_compared_is_unknown(tmp_path: Path, claim: Row, reason: str) -> None:
    result = audit(tmp_path, [read("r", 5, 6, claim={"of": "item", **claim})], "read_wrongly", states=STATES)
    assert result.outcome == "unknown"
    assert reason in result.reason


@pytest.mark.parametrize("condition", ["id<=3", " id <= 3 ", "id <= 3e0", "id<4.0"])
def test_condition_is_read_with_and_without_spaces(tmp_path: Path, condition: str) -> None:
    assert wrong(tmp_path, shown(1, 2, 4), conditions=[condition]) == ["item 3", "item 4"]
