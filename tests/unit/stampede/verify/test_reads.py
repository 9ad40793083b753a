from pathlib import Path

import pytest

from tests.unit.stampede.verify.evidence import audit, effect, read, state, write

FOUND = ("item 1", {"left": 1})
GONE = ("item 1", {"left": 0})
STATES = [state(0, {"left": 1}), state(1, {"left": 0}, "full")]


@pytest.mark.parametrize(
    ("start", "item", "outcome"),
    [(0.0, FOUND, "pass"), (1.5, FOUND, "pass"), (1.5, GONE, "pass"), (0.0, GONE, "fail"), (3.0, FOUND, "fail")],
)
def test_read_needs_a_visible_state(
    tmp_path: Path, start: float, item: tuple[str, dict[str, int]], outcome: str
) -> None:
    told = [write("a", 1, 2), read("r", start, start + 0.5, item)]
    assert audit(tmp_path, told, "read_wrongly", effects=[effect("a", 1)], states=STATES).outcome == outcome


def test_declared_staleness_widens_a_read(tmp_path: Path) -> None:
    told = [write("a", 1, 2), read("r", 3, 3.5, FOUND, stale_s=2)]
    assert audit(tmp_path, told, "read_wrongly", effects=[effect("a", 1)], states=STATES).outcome == "pass"


def test_fact_that_no_state_has_is_wrong(tmp_path: Path) -> None:
    result = audit(
        tmp_path, [read("r", 1, 2, ("item 1", {"left": 1, "colour": "red"}))], "read_wrongly", states=STATES[:1]
    )
    assert result.rows[0].actual == "colour=red, left=1"


def test_null_is_not_a_missing_fact(tmp_path: Path) -> None:
    told = [read("r", 1, 2, ("item 1", {"a": "null"})), read("s", 1, 2, ("item 1", {"b": "null"}))]
    result = audit(tmp_path, told, "read_wrongly", states=[state(0, {"a": None}), state(0, {"b": 1}, aspect="other")])
    assert [" by s," in row.detail for row in result.rows] == [True]


def test_entity_listed_twice_in_a_read_is_wrong(tmp_path: Path) -> None:
    told = [read("r", 1, 2, FOUND, FOUND), read("s", 1, 2, FOUND), read("t", 1, 2, FOUND)]
    result = audit(tmp_path, told, "read_wrongly", states=STATES[:1])
    assert [(row.entity, row.actual, " by r," in row.detail) for row in result.rows] == [("item 1", "2 items", True)]


def test_any_aspect_may_match(tmp_path: Path) -> None:
    told = [read("r", 1, 2, ("item 1", {"name": "pen"}))]
    states = [state(0, {"left": 1}), state(0, {"name": "pen"}, aspect="description")]
    assert audit(tmp_path, told, "read_wrongly", states=states).outcome == "pass"


def test_state_of_another_actor_does_not_match(tmp_path: Path) -> None:
    told = [read("r", 1, 2, FOUND, actor="bob"), read("s", 1, 2, FOUND, actor="ann")]
    result = audit(tmp_path, told, "read_wrongly", states=[state(0, {"left": 1}, actor="ann")])
    assert [" by r," in row.detail for row in result.rows] == [True]


@pytest.mark.parametrize(("start", "offenders"), [(0.0, 1), (1.5, 0), (5.0, 0)])
def test_complete_read_lacks_nothing(tmp_path: Path, start: float, offenders: int) -> None:
    told = [write("a", 1, 2), read("r", start, start + 0.4, claim={"mine": False, "where": {"left": 1}})]
    result = audit(tmp_path, told, "read_wrongly", effects=[effect("a", 1)], states=STATES)
    assert (result.population, result.offenders) == (1, offenders)


def test_complete_read_of_its_own_states(tmp_path: Path) -> None:
    told = [read(name, 1, 2, claim={"mine": True, "where": {}}, actor=name) for name in ("ann", "bob")]
    result = audit(tmp_path, told, "read_wrongly", states=[state(0, {}, actor="ann")])
    assert [" by ann," in row.detail for row in result.rows] == [True]


@pytest.mark.parametrize(
    ("start", "value", "outcome"),
    [(0.0, 10, "pass"), (0.0, 11, "fail"), (1.2, 10, "pass"), (1.2, 11, "pass"), (3.0, 10, "fail"), (3.0, 11, "pass")],
)
def test_total_between_sure_and_possible(tmp_path: Path, start: float, value: int, outcome: str) -> None:
    told = [write("a", 1, 2), read("r", start, start + 0.5, counts={"items": value, "unjudged": 5})]
    states = [state(0, {"value": 10}, entity="total items")]
    result = audit(tmp_path, told, "read_wrongly", effects=[effect("a", 1, adds='{"items": 1}')], states=states)
    assert (result.outcome, result.population) == (outcome, 1)


@pytest.mark.parametrize(("client", "outcome"), [("0.1", "fail"), ("0.2", "pass")])
def test_client_that_reads_an_older_version(tmp_path: Path, client: str, outcome: str) -> None:
    told = [write("a", 1, 9, client="0.3"), read("r", 2, 3, GONE), read("s", 4, 5, FOUND, client=client)]
    result = audit(tmp_path, told, "went_back", effects=[effect("a", 1)], states=STATES)
    assert result.outcome == outcome


def test_parallel_reads_of_a_client_are_no_going_back(tmp_path: Path) -> None:
    told = [write("a", 1, 9, client="0.3"), read("r", 2, 5, GONE), read("s", 4, 6, FOUND)]
    assert audit(tmp_path, told, "went_back", effects=[effect("a", 1)], states=STATES).outcome == "pass"
