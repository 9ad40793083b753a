from pathlib import Path

import pytest

from stampede.errors import StampedeError
from stampede.evidence.manifest import Part
from stampede.suite.check import parse_check
from stampede.verify.audits import run_audits
from stampede.verify.views import count_operations, run_query
from tests.unit.stampede.verify.evidence import Row, audit, effect, lay, read, state, write

NONE = "select '' as entity, '' as expected, '' as actual, '' as detail where false"
STATES = [state(0, {"left": 1}), state(1, {"left": 0}, "full")]


def test_ok_without_effect_is_lost(tmp_path: Path) -> None:
    result = audit(tmp_path, [write("a", 1, 2)], "lost")
    assert (result.outcome, result.population, result.offenders) == ("fail", 1, 1)
    assert result.rows[0].entity == "item 1"
    assert result.rows[0].expected == "an effect of buy by a"


def test_each_entity_needs_its_effect(tmp_path: Path) -> None:
    result = audit(tmp_path, [write("a", 1, 2, entities=["item 1", "item 2"])], "lost", effects=[effect("a", 1)])
    assert [row.entity for row in result.rows] == ["item 2"]


@pytest.mark.parametrize(
    ("effects", "missing"),
    [
        ([effect("a", 1)], ["item 2"]),
        ([effect("a", 1, entity="item 3")], ["item 1", "item 2"]),
        ([effect("a", 1), effect("a", 1, entity="item 2")], []),
        ([], []),
    ],
)
def test_unknown_operation_has_all_its_effects_or_none(tmp_path: Path, effects: list[Row], missing: list[str]) -> None:
    told = [write("a", 1, None, "unknown", entities=["item 1", "item 2"])]
    assert sorted(row.entity for row in audit(tmp_path, told, "lost", effects=effects).rows) == missing


@pytest.mark.parametrize(("population", "outcome"), [("select null", "pass"), ("select 'many'", "unknown")])
def test_population_that_is_no_number_is_unknown(tmp_path: Path, population: str, outcome: str) -> None:
    text = f"-- invariant: x\n-- population: {population}\n-- severity: critical\n{NONE}"
    evidence = lay(tmp_path, [write("a", 1, 2)], effects=[effect("a", 1)])
    [*_, result] = run_audits(evidence, extra=[parse_check("own", text)])
    assert result.outcome == outcome


def test_kept_refusal_must_be_stored(tmp_path: Path) -> None:
    told = [write("a", 1, 2, "refused", code="full"), write("b", 1, 2, "refused", code="other")]
    result = audit(tmp_path, told, "lost")
    assert (result.population, result.offenders) == (1, 1)
    assert "full" in result.rows[0].expected


def test_effect_of_a_refusal_is_phantom(tmp_path: Path) -> None:
    result = audit(tmp_path, [write("a", 1, 2, "refused", code="full")], "phantom", effects=[effect("a", 1)])
    assert (result.offenders, result.rows[0].actual) == (1, "version 1")


def test_stored_refusal_is_no_phantom(tmp_path: Path) -> None:
    told = [write("a", 1, 2, "refused", code="full")]
    assert audit(tmp_path, told, "phantom", effects=[effect("a", None, refused="full")]).outcome == "pass"


def test_effect_nobody_asked_for_is_unexpected(tmp_path: Path) -> None:
    result = audit(tmp_path, [], "unexpected", effects=[effect("b", 1), effect("c", 0, seeded=True)])
    assert (result.outcome, result.population, result.offenders) == ("fail", 1, 1)


def test_gaps_make_unexpected_unknown(tmp_path: Path) -> None:
    result = audit(tmp_path, [], "unexpected", effects=[effect("b", 1)], gaps=True)
    assert (result.outcome, result.offenders) == ("unknown", 1)


def test_effect_is_matched_by_its_key(tmp_path: Path) -> None:
    told = [write("a", 1, 2, key="7", entities=["item 1", "order 7"])]
    effects = [effect(None, 1, key="7"), effect(None, 1, key="7", entity="order 7")]
    evidence = lay(tmp_path, told, effects=effects, states=[])
    assert {result.outcome for result in run_audits(evidence)} == {"pass", "skipped"}


def test_one_unknown_operation_excuses_one_key(tmp_path: Path) -> None:
    told = [write("a", 1, None, "unknown", code="timeout")]
    effects = [effect(None, n, key=str(n), entity=name) for n in (7, 8) for name in ("item 1", f"order {n}")]
    result = audit(tmp_path, told, "unexpected", effects=effects)
    assert sorted(row.entity for row in result.rows) == ["item 1", "order 8"]


def test_unknown_operation_of_another_excuses_none(tmp_path: Path) -> None:
    told = [write("a", 1, None, "unknown", actor="bob")]
    assert audit(tmp_path, told, "unexpected", effects=[effect(None, 1)]).offenders == 1


def test_nameless_unknown_operation_excuses_one(tmp_path: Path) -> None:
    told = [write("a", 1, None, "unknown", entities=[])]
    effects = [effect(None, 1, key="7", entity="lead 7"), effect(None, 1, key="8", entity="lead 8")]
    assert audit(tmp_path, told, "unexpected", effects=effects).offenders == 1


def test_two_effects_of_one_operation(tmp_path: Path) -> None:
    result = audit(tmp_path, [write("a", 1, 2)], "duplicated", effects=[effect("a", 1), effect("a", 2)])
    assert (result.offenders, result.rows[0].actual, result.rows[0].detail) == (1, "2 effects", "versions 1, 2")


def test_two_effects_with_one_key(tmp_path: Path) -> None:
    effects = [effect(None, 1, key="7"), effect(None, 2, key="7")]
    assert audit(tmp_path, [write("a", 1, 2, key="7")], "duplicated", effects=effects).offenders == 1


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"actor": "bob"}, "actor"),
        ({"action": "sell"}, "action"),
        ({"key": "8"}, "key"),
        ({"entity": "item 2"}, "entity"),
        ({"answer": '{"price": 3}'}, "answer"),
        ({"answer": '{"price": null}'}, "answer"),
        ({"refused": "full", "version": None}, "refusal"),
    ],
)
def test_mismatch_is_named(tmp_path: Path, changes: dict[str, str], what: str) -> None:
    told = [write("a", 1, 2, key="7", answer={"price": 2.5, "note": "null"})]
    result = audit(tmp_path, told, "mismatched", effects=[effect("a", 1) | changes])
    assert [row.detail.split()[0] for row in result.rows] == [what]


def test_equal_numbers_and_nulls_agree(tmp_path: Path) -> None:
    told = [write("a", 1, 2, answer={"price": 2.5, "count": 3, "note": "null", "more": 1})]
    effects = [effect("a", 1, answer='{"price": 2.50, "count": 3.0, "note": null, "other": 1}')]
    assert audit(tmp_path, told, "mismatched", effects=effects).outcome == "pass"


def test_another_stored_refusal_is_a_mismatch(tmp_path: Path) -> None:
    told = [write("a", 1, 2, "refused", code="full")]
    result = audit(tmp_path, told, "mismatched", effects=[effect("a", None, refused="closed")])
    assert (result.rows[0].expected, result.rows[0].actual) == ("refused full", "refused closed")


def test_later_operation_with_lower_version(tmp_path: Path) -> None:
    told = [write("a", 1, 2), write("b", 3, 4)]
    result = audit(tmp_path, told, "reordered", effects=[effect("a", 2), effect("b", 1)])
    assert (result.offenders, result.rows[0].actual) == (1, "version 1 (b)")


def test_overlapping_operations_have_any_order(tmp_path: Path) -> None:
    told = [write("a", 1, 3), write("b", 2, 4)]
    assert audit(tmp_path, told, "reordered", effects=[effect("a", 2), effect("b", 1)]).outcome == "pass"


def test_clock_error_allows_either_order(tmp_path: Path) -> None:
    told = [write("a", 1, 2), write("b", 2.1, 3)]
    effects = [effect("a", 2), effect("b", 1)]
    assert audit(tmp_path, told, "reordered", effects=effects, error_s=0.2).outcome == "pass"


@pytest.mark.parametrize(
    ("start", "end", "outcome"),
    [(0.0, 0.9, "fail"), (0.0, 1.1, "pass"), (5.0, 6.0, "pass")],
)
def test_refusal_needs_a_visible_state(tmp_path: Path, start: float, end: float, outcome: str) -> None:
    told = [write("a", 1, 2), write("r", start, end, "refused", code="full")]
    assert audit(tmp_path, told, "refused_wrongly", effects=[effect("a", 1)], states=STATES).outcome == outcome


@pytest.mark.parametrize(
    ("allows", "outcome"),
    [
        ("full", "pass"),
        ("full on buy", "pass"),
        ("full on sell", "fail"),
        ("full if count > 3", "fail"),
        ("full if count > 2", "pass"),
        ("full on buy if count >= 3", "pass"),
        ("full on buy if count>=3", "pass"),
        ("full if count > 1e1", "fail"),
        ("full if count < 4", "pass"),
        ("full if count <= 2", "fail"),
        ("full if count = 3", "pass"),
        ("full if count <> 3", "fail"),
        ("full if price > 0", "fail"),
    ],
)
def test_condition_of_a_refusal(tmp_path: Path, allows: str, outcome: str) -> None:
    told = [write("r", 5, 6, "refused", code="full", args={"item 1": {"count": 3}})]
    assert audit(tmp_path, told, "refused_wrongly", states=[state(0, {}, allows)]).outcome == outcome


def test_condition_of_a_version_in_between(tmp_path: Path) -> None:
    told = [write(op, 1, 9) for op in "abc"] + [write("r", 2, 3, "refused", code="full", args={"count": 5})]
    states = [state(v, {}, f"full if count > {n}") for v, n in enumerate((9, 8, 4, 7))]
    effects = [effect(op, v) for v, op in enumerate("abc", 1)]
    assert audit(tmp_path, told, "refused_wrongly", states=states, effects=effects).outcome == "pass"


def test_unreadable_condition_is_unknown(tmp_path: Path) -> None:
    told = [write("r", 5, 6, "refused", code="full")]
    result = audit(tmp_path, told, "refused_wrongly", states=[state(0, {}, "full when sold")])
    assert (result.outcome, "full when sold" in result.reason) == ("unknown", True)


def test_time_bounds_a_state(tmp_path: Path) -> None:
    told = [write("r", 5, 6, "refused", code="closed"), write("s", 9, 10, "refused", code="closed")]
    states = [state(0, {}, "closed", aspect="window", until_time=107.0)]
    more = {"database_offset_s": 100.0, "database_error_s": 0.5}
    result = audit(tmp_path, told, "refused_wrongly", states=states, **more)
    assert [" by s," in row.detail for row in result.rows] == [True]


@pytest.mark.parametrize(("entity", "outcome"), [("item 1", "fail"), ("item 9", "pass")])
def test_absent_entity_allows_its_code(tmp_path: Path, entity: str, outcome: str) -> None:
    told = [read("r", 5, 6, outcome="refused", code="not_found", entities=[entity])]
    assert audit(tmp_path, told, "refused_wrongly", states=STATES).outcome == outcome


def test_entity_is_absent_until_it_is_made(tmp_path: Path) -> None:
    told = [write("a", 2, 3), *(read(f"r{t}", t, t + 0.5, outcome="refused", code="not_found") for t in (1, 2.5, 4))]
    result = audit(tmp_path, told, "refused_wrongly", effects=[effect("a", 0)], states=[state(0, {})])
    assert [" by r4," in row.detail for row in result.rows] == [True]


@pytest.mark.parametrize(("actor", "outcome"), [("ann", "fail"), ("bob", "pass")])
def test_absent_actor_allows_its_code(tmp_path: Path, actor: str, outcome: str) -> None:
    told = [write("r", 5, 6, "refused", code="not_mine", actor=actor)]
    states = [state(0, {}), state(0, {}, actor="ann")]
    assert audit(tmp_path, told, "refused_wrongly", states=states).outcome == outcome


def test_second_answer_must_be_the_first(tmp_path: Path) -> None:
    told = [write("a", n, n + 1, n=n, answer={"left": left, "x": 1}) for n, left in ((1, 1), (2, 1), (3, 2))]
    result = audit(tmp_path, told, "answered_twice")
    assert (result.population, result.offenders, result.rows[0].actual) == (1, 1, "attempt 3: ok  left=2, x=1")


def test_frozen_rows(tmp_path: Path) -> None:
    def rows(*fingerprints: str) -> list[dict[str, str]]:
        return [{"table_name": f"t{i}", "row_key": "1", "fingerprint": f} for i, f in enumerate(fingerprints) if f]

    before, after = rows("a", "b", "c", "", ""), rows("a", "x", "", "d", "e")
    result = audit(tmp_path, [], "changed", frozen_before=before, frozen_after=after, row_rules={"t4": "added"})
    assert [(row.entity, row.detail) for row in result.rows] == [
        ("t1 1", "changed"),
        ("t2 1", "removed"),
        ("t3 1", "added"),
    ]


def test_absent_part_is_skipped(tmp_path: Path) -> None:
    results = run_audits(lay(tmp_path, [write("a", 1, 2)], effects=[effect("a", 1)]))
    skipped = {result.name for result in results if result.outcome == "skipped"}
    assert skipped == {"refused_wrongly", "read_wrongly", "went_back", "changed"}


def test_failed_part_is_unknown(tmp_path: Path) -> None:
    evidence = lay(tmp_path, [], parts={"effects": Part("failed", "timed out")})
    lost = run_audits(evidence)[0]
    assert (lost.outcome, "timed out" in lost.reason) == ("unknown", True)


def test_damaged_evidence_makes_all_unknown(tmp_path: Path) -> None:
    evidence = lay(tmp_path, [])
    with (evidence / "operations.parquet").open("ab") as file:
        file.write(b"x")
    results = run_audits(evidence)
    assert {result.outcome for result in results} == {"unknown"}
    assert "operations.parquet is damaged" in results[0].reason


def test_audit_that_times_out_is_unknown(tmp_path: Path) -> None:
    header = "-- invariant: i\n-- population: select 1\n-- severity: warning\n"
    query = "select '' as entity, '' as expected, '' as actual, sum(hash(a.i + b.i)) as detail"
    text = f"{header}{query} from range(1000000) a(i), range(1000000) b(i)"
    evidence = lay(tmp_path, [write("a", 1, 2)], effects=[], states=[])
    results = {result.name: result for result in run_audits(evidence, extra=[parse_check("slow", text)], timeout_s=1)}
    assert (results["slow"].outcome, results["lost"].outcome) == ("unknown", "fail")
    assert "Timed out" in results["slow"].reason


def test_audit_of_the_suite(tmp_path: Path) -> None:
    text = """-- invariant: nobody buys twice
-- population: select count(*) from effects
-- severity: warning
select entity, 'one' as expected, count(*) as actual, null as detail from effects group by entity having count(*) > 1;
"""
    evidence = lay(tmp_path, [], effects=[effect("a", 1), effect("b", 2)])
    broken = text.replace("count(*) > 1", "nonsense")
    *_, twice, wrong = run_audits(evidence, extra=[parse_check("twice", text), parse_check("wrong", broken)])
    assert (twice.outcome, twice.population, twice.severity) == ("fail", 2, "warning")
    assert (twice.rows[0].entity, twice.rows[0].actual) == ("item 1", "2")
    assert wrong.outcome == "unknown"


def test_operations_are_counted(tmp_path: Path) -> None:
    told = [
        write("a", 1, 2, "unknown", code="timeout"),
        write("a", 2, 3, n=2),
        write("b", 1, 2, "refused", code="full"),
    ]
    assert count_operations(lay(tmp_path, told)) == [("buy", "write", 1, 1, 0)]


def test_query_reads_only_the_evidence(tmp_path: Path) -> None:
    evidence = lay(tmp_path, [write("a", 1, 2)])
    assert run_query(evidence, "select count(*) from operations") == 1
    assert run_query(evidence, "select 1 where false") == 0
    (tmp_path / "secret.csv").write_text("x\n1\n")
    with pytest.raises(StampedeError, match="query over the evidence failed"):
        run_query(evidence, f"select * from read_csv('{tmp_path / 'secret.csv'}')")
