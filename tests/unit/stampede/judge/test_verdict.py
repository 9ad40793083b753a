from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from stampede.judge.findings import ActionCount
from stampede.judge.verdict import LATTICE, Verdict, judge, recommend, worst
from stampede.verify.checks import NO_ROWS
from tests.unit.stampede.builders import (
    BOUGHT,
    CRASHED,
    FAILED,
    KEPT,
    LOAD,
    PASSED,
    SKIPPED,
    VIEWED,
    WORKER,
    make_findings,
)

EMPTY = replace(PASSED, outcome="unknown", population=0, reason=NO_ROWS)
GAPS = replace(FAILED, outcome="unknown", reason="operations are missing")
MISSED = replace(KEPT, outcome="fail", actual=900.0)
UNMEASURED = replace(KEPT, outcome="unknown", actual=None)
REFUSED = ActionCount("cancel", "write", 0, 5, 0)
Fields = dict[str, Any]


def told(fields: Fields) -> list[tuple[str, str]]:
    return [(reason.verdict.value, reason.text) for reason in judge(make_findings(**fields)).reasons]


def test_all_well_passes() -> None:
    assert judge(make_findings()).verdict is Verdict.PASS
    assert told({}) == []
    assert judge(make_findings()).schema == 3


@pytest.mark.parametrize(("first", "second"), list(product(LATTICE, LATTICE)))
def test_the_worse_of_two_wins(first: Verdict, second: Verdict) -> None:
    assert worst([first, second]) is LATTICE[max(LATTICE.index(first), LATTICE.index(second))]


def test_exit_codes_are_documented() -> None:
    assert [verdict.exit_code for verdict in (Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN)] == [0, 1, 2]


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"checks": (FAILED,)}, "check seats: 1 offending, item 1 (expected at most 10, is 11)"),
        ({"audits": (replace(FAILED, name="lost"),)}, "audit lost: 1 offending, item 1 (expected at most 10, is 11)"),
        ({"thresholds": (MISSED,)}, "threshold p95 < 500ms: measured 900.0 ms"),
    ],
)
def test_broken_promise_fails(fields: Fields, text: str) -> None:
    assert told(fields) == [("FAIL", text)]


def test_offenders_without_population_fail() -> None:
    assert told({"checks": (replace(FAILED, population=0, reason=NO_ROWS),)})[0][0] == "FAIL"


def test_only_the_first_offenders_are_named() -> None:
    many = replace(FAILED, offenders=1200, rows=FAILED.rows * 20)
    text = told({"checks": (many,)})[0][1]
    assert text.startswith("check seats: 1,200 offending, item 1")
    assert text.count("item 1") == 3
    assert text.endswith("; …")
    three = told({"checks": (replace(FAILED, offenders=3, rows=FAILED.rows * 3),)})[0][1]
    assert three.count("item 1") == 3
    assert not three.endswith("…")


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"checks": (PASSED, EMPTY)}, "check seats: had no rows in scope"),
        ({"checks": (PASSED, CRASHED)}, "check seats: did not run: timeout"),
        ({"audits": (CRASHED,)}, "audit seats: did not run: timeout"),
        ({"audits": (GAPS,)}, "audit seats: operations are missing"),
        ({"audits": ()}, "the evidence of the run was not audited"),
        ({"checks": (), "audits": (SKIPPED,)}, "nothing was verified"),
        ({"checks": (SKIPPED,), "audits": (SKIPPED,)}, "nothing was verified"),
        ({"load": None}, "the load generator did not report the run"),
        ({"load": replace(LOAD, requests=0)}, "no request was made"),
        ({"load": replace(LOAD, workers=(WORKER, replace(WORKER, cpu_share=0.95)))}, "was CPU-bound (95% of a core)"),
        ({"thresholds": (UNMEASURED,)}, "threshold p95 < 500ms: nothing was measured"),
        ({"troubles": ("a worker was lost",)}, "a worker was lost"),
        ({"must_see": {"promotion": 0, "sale": 5}}, "the plan must see promotion, which never occurred"),
        ({"operations": (BOUGHT, REFUSED)}, "no cancel of 5 succeeded"),
        ({"operations": (BOUGHT, replace(VIEWED, ok=0, unknown=20))}, "no view of 20 succeeded"),
        ({"operations": (VIEWED,)}, "no write was acknowledged"),
        ({"operations": (replace(BOUGHT, unknown=6),)}, "6 of 106 writes got no readable answer (at most 5% may)"),
        ({"plan": {"operations": ("buy", "pay")}}, "the plan's operation pay was never sent"),
        ({"plan": {"operations": ("cancel",)}, "operations": (BOUGHT, REFUSED)}, "no cancel of 5 succeeded"),
        ({"plan": {"race": True}, "operations": (replace(BOUGHT, refused=0),)}, "no write of the race was refused"),
        (
            {"plan": {"mix": {"buy": 0.5, "view": 0.5}, "reads": 1}},
            "view was 17% of the mix, which the plan declares as 50%",
        ),
        ({"plan": {"mix": {"pay": 0.5}}}, "pay was 0% of the mix"),
    ],
)
def test_what_was_not_seen_is_unknown(fields: Fields, text: str) -> None:
    reasons = told(fields)
    assert {verdict for verdict, _ in reasons} == {"UNKNOWN"}
    assert any(text in reason for _, reason in reasons), reasons


@pytest.mark.parametrize(
    "fields",
    [
        {"audits": (PASSED, EMPTY)},
        {"audits": (PASSED, SKIPPED)},
        {"checks": (PASSED, replace(FAILED, severity="warning"))},
        {"checks": (PASSED, replace(CRASHED, severity="warning"))},
        {"operations": (ActionCount("buy", "write", 85, 10, 5), VIEWED)},
        {"load": replace(LOAD, workers=(replace(WORKER, cpu_share=0.9),))},
        {"plan": {"race": True}},
        {"plan": {"operations": ("buy",)}, "operations": (BOUGHT, REFUSED)},
        {"plan": {"mix": {"buy": 0.75, "view": 0.25}, "reads": 1}, "operations": (BOUGHT, replace(VIEWED, ok=25))},
        {"plan": {"mix": {"buy": 0.5, "view": 0.5}, "reads": 0.2}},
        {"plan": {"mix": {"buy": 0.5, "view": 0.5}, "reads": 0.1}},  # twenty reads do not tell 50 from 67 %
        {"must_see": {"promotion": 1}},
    ],
)
def test_what_is_no_reason_passes(fields: Fields) -> None:
    assert told(fields) == []


def test_read_refusals_do_not_make_a_race() -> None:
    reads = replace(VIEWED, refused=9)
    fields: Fields = {"plan": {"race": True}, "operations": (replace(BOUGHT, refused=0), reads)}
    assert told(fields)[0][0] == "UNKNOWN"


def test_verification_alone_needs_no_load() -> None:
    alone: Fields = {"load": None, "thresholds": (), "operations": (), "audits": ()}
    assert judge(replace(make_findings(**alone), plan=None)).verdict is Verdict.PASS


def test_verification_alone_without_checks_is_unknown() -> None:
    alone: Fields = {"load": None, "thresholds": (), "operations": (), "audits": (), "checks": ()}
    assert judge(replace(make_findings(**alone), plan=None)).verdict is Verdict.UNKNOWN


def test_failures_come_before_unknowns() -> None:
    reasons = told({"checks": (CRASHED, FAILED), "troubles": ("a worker was lost",)})
    assert [verdict for verdict, _ in reasons] == ["FAIL", "UNKNOWN", "UNKNOWN"]


@pytest.mark.parametrize(
    ("fields", "advice"),
    [
        ({}, "true and fast enough"),
        ({"checks": (FAILED,), "thresholds": (MISSED,)}, "Do not ship"),
        ({"audits": (FAILED,)}, "Do not ship"),
        ({"thresholds": (MISSED,)}, "a threshold was missed"),
        ({"checks": (replace(FAILED, severity="warning"),), "thresholds": (MISSED,)}, "a threshold was missed"),
        ({"troubles": ("a worker was lost",)}, "Trust nothing of this run"),
    ],
)
def test_recommendation_fits_the_verdict(fields: Fields, advice: str) -> None:
    assert advice in recommend(judge(make_findings(**fields)))


@pytest.mark.parametrize(("ended", "reasons"), [(5, []), (6, ["6 of 10 users ended by themselves"])])
def test_load_without_users_is_unknown(ended: int, reasons: list[str]) -> None:
    found = told({"load": replace(LOAD, departures={"Buyer": ended})})
    assert [text.partition(" before")[0] for _, text in found] == reasons
