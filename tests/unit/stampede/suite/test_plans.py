from pathlib import Path
from typing import Any

import pytest

from stampede.errors import StampedeError
from stampede.suite.fault import parse_fault
from stampede.suite.model import Suite
from stampede.suite.plans import Overrides, Plan, describe_plan, find_plan, list_plans
from tests.unit.stampede.builders import read_suite

TARGET = '[target]\nurl = "http://target"\ntakes_keys = true\n[faults]\nrestart = ["true"]\n'
RUSH = """
[rush]
description = "All buy."
user_classes = ["Buyer"]
users = 40
spawn_rate = 20
run_time = "1m"
think_time = [0, 2]
reads = "50%"
mix = { buy = "80%", cancel = 0.2 }
thresholds = ["p95 < 500ms"]
faults = ["restart every 3s"]
[rush.world]
items = 900
sizes = [5, 10]
"""
KEY = "shop/rush"

pytestmark = pytest.mark.usefixtures("clean_environment")


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    return read_suite(tmp_path, TARGET, shop=RUSH)


def change(suite: Suite, **changes: Any) -> Plan:
    return find_plan(suite, KEY, Overrides(**changes))


def test_plan_is_parsed(suite: Suite) -> None:
    plan = change(suite)
    assert (plan.key, plan.run_time_s, plan.spawn_time_s) == (KEY, 60, 2.0)
    assert (plan.think_time, plan.reads, plan.mix) == ((0.0, 2.0), 0.5, {"buy": 0.8, "cancel": 0.2})
    assert plan.world == {"items": 900, "sizes": (5, 10)}
    assert [limit.bound for limit in plan.limits] == [500.0]
    assert plan.faults == (parse_fault("restart every 3s"),)


def test_plans_of_every_file_are_listed(suite: Suite) -> None:
    (suite.folder / "plans" / "bakery.toml").write_text(RUSH)
    assert [plan.key for plan in list_plans(suite)] == ["bakery/rush", KEY]


def test_override_changes_only_what_it_names(suite: Suite) -> None:
    plan, changed = change(suite), change(suite, users=7, world=("sizes=3,4",), options=("auth=mint",))
    assert (changed.users, changed.world, changed.options) == (7, {"items": 900, "sizes": "3,4"}, {"auth": "mint"})
    assert (changed.run_time, changed.thresholds, changed.think_time) == (plan.run_time, plan.thresholds, (0, 2))


def test_given_thresholds_replace_the_plans(suite: Suite) -> None:
    assert [limit.bound for limit in change(suite, thresholds=("p99 < 2s",)).limits] == [2000.0]


def test_added_thresholds_stand_beside_the_plans(suite: Suite) -> None:
    assert [limit.bound for limit in change(suite, added_thresholds=("p99 < 2s",)).limits] == [500.0, 2000.0]
    both = change(suite, thresholds=("max < 9s",), added_thresholds=("p99 < 2s",))
    assert [limit.bound for limit in both.limits] == [9000.0, 2000.0]


def test_other_users_have_no_declared_mix(suite: Suite) -> None:
    plan = change(suite, user_classes=("Viewer",), exclude_tags=("slow",))
    assert (plan.user_classes, plan.tags, plan.exclude_tags) == (("Viewer",), (), ("slow",))
    assert (plan.mix, plan.operations) == ({}, ())


def test_statement_timeout_is_read(tmp_path: Path) -> None:
    suite = read_suite(tmp_path, TARGET, shop=RUSH.replace("think_time", 'statement_timeout = "5m"\nthink_time'))
    assert change(suite).statement_timeout_s == 300


@pytest.mark.parametrize(("text", "seconds"), [("30s", 30), ("2m", 120), ("1h30m", 5400)])
def test_run_time_is_read(suite: Suite, text: str, seconds: int) -> None:
    assert change(suite, run_time=text).run_time_s == seconds


@pytest.mark.parametrize(("text", "pair"), [("2-5", (2, 5)), ("0", (0, 0)), ("0.1-0.3", (0.1, 0.3))])
def test_think_time_is_read(suite: Suite, text: str, pair: tuple[float, float]) -> None:
    assert change(suite, think_time=text).think_time == pair


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"run_time": "soon"}, "'soon' is no run time"),
        ({"run_time": "0s"}, "'0s' is no run time"),
        ({"run_time": "30s later"}, "is no run time"),
        ({"think_time": "5-2"}, "from low to high"),
        ({"think_time": "slow"}, "'slow' is no think time"),
        ({"users": 0}, "users: "),
        ({"spawn_rate": 0}, "spawn_rate: "),
        ({"reads": "much"}, "'much' is no share"),
        ({"reads": "101%"}, "reads: "),
        ({"thresholds": ("p95 quick",)}, "threshold 'p95 quick'"),
        ({"world": ("items",)}, "'items': expected NAME=VALUE"),
        ({"world": ("=5",)}, "'=5': expected NAME=VALUE"),
        ({"options": ("auth=",)}, "'auth=': expected NAME=VALUE"),
    ],
)
def test_bad_override_is_one_sentence(suite: Suite, changes: dict[str, Any], told: str) -> None:
    with pytest.raises(StampedeError, match=told) as raised:
        change(suite, **changes)
    assert "\n" not in str(raised.value)


def test_unknown_plan_is_told_those_there_are(suite: Suite) -> None:
    with pytest.raises(StampedeError, match=f"no plan 'shop/lull'.* {KEY}"):
        find_plan(suite, "shop/lull", Overrides())


def test_suite_without_plans_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StampedeError, match="There is no plan in"):
        list_plans(read_suite(tmp_path, TARGET))


LULL = RUSH.replace("rush", "lull")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("users = 40", "userz = 40", r"shop\.toml:20: lull\.userz: .*"),
        ("users = 40\n", "", r"shop\.toml:17: lull\.users: .*required"),
        ("spawn_rate = 20", "spawn_rate = -1", r"shop\.toml:21: lull\.spawn_rate: "),
        ('run_time = "1m"', 'run_time = "soon"', r"shop\.toml:22: lull\.run_time: .*'soon'"),
        ("[0, 2]", "[-1, 2]", r"shop\.toml:23: lull\.think_time: "),
        ('["Buyer"]', "[]", r"shop\.toml:19: lull\.user_classes: "),
        ("cancel = 0.2", "cancel = 2", r"shop\.toml:25: lull\.mix\.cancel: "),
        ("sizes = [5, 10]", "sizes = [[5]]", r"shop\.toml:30: lull\.world\.sizes"),
        ("[0, 2]", "[2, 0]", "The think time of shop/lull must go from low to high"),
        ("restart every", "flush every", r"shop/lull injects 'flush', but \[faults\] of suite.toml knows: restart"),
        ("restart every 3s", "restart", "Cannot parse fault 'restart'"),
        ("[lull]", "users = 5\n[lull]", r"shop\.toml: users stands outside a plan"),
    ],
)
def test_misfit_of_a_plan_file_is_located(tmp_path: Path, old: str, new: str, told: str) -> None:
    wrong = LULL.replace(old, new, 1)
    first = "" if "outside" in told else RUSH
    with pytest.raises(StampedeError, match=told):
        list_plans(read_suite(tmp_path, TARGET, shop=first + wrong + RUSH.replace("rush", "gust")))


def test_resending_needs_a_target_with_keys(tmp_path: Path) -> None:
    suite = read_suite(tmp_path, TARGET.replace("true\n", "false\n", 1), shop=RUSH)
    with pytest.raises(StampedeError, match="resends writes, but the target takes no keys"):
        change(suite, resend="2%")


def test_resending_is_allowed_with_keys(suite: Suite) -> None:
    assert change(suite, resend="2%").resend == 0.02


def test_plan_without_more_has_defaults(tmp_path: Path) -> None:
    lines = ('description = "x"', 'user_classes = ["Buyer"]', "users = 1", "spawn_rate = 1", 'run_time = "2s"')
    (plan,) = list_plans(
        read_suite(tmp_path, TARGET.replace("true\n", "false\n", 1), shop="\n".join(["[rush]", *lines]))
    )
    assert (plan.seed, plan.reads, plan.resend, plan.think_time) == (1, 0.1, 0.0, None)


def test_plan_is_described_in_json_values(suite: Suite) -> None:
    described = describe_plan(change(suite))
    assert described["world"] == {"items": 900, "sizes": [5, 10]}
    assert described["mix"] == {"buy": 0.8, "cancel": 0.2}


@pytest.mark.parametrize("run_time", ["1s", "2s"])
def test_run_shorter_than_its_spawn_time_is_refused(suite: Suite, run_time: str) -> None:
    with pytest.raises(
        StampedeError, match=r"needs 2 s to start 40 users at 20/s, so its run time of \ds is too short"
    ):
        change(suite, run_time=run_time)


def test_short_plan_is_told_with_file_and_line(tmp_path: Path) -> None:
    suite = read_suite(tmp_path, TARGET, shop=RUSH.replace('"1m"', '"2s"'))
    with pytest.raises(StampedeError, match=r"shop\.toml:7: shop/rush needs 2 s"):
        list_plans(suite)
