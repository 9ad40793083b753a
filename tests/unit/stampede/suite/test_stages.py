from pathlib import Path
from typing import Any

import pytest

from stampede.errors import StampedeError
from stampede.suite.plans import Overrides, Plan, find_plan
from tests.unit.stampede.builders import read_suite

pytestmark = pytest.mark.usefixtures("clean_environment")

WARM = '[[rush.stages]]\nname = "warm"\nusers = 20\nspawn_rate = 10\nduration = "30s"\n'
PEAK = '[[rush.stages]]\nname = "peak"\nusers = 200\nspawn_rate = 60\nduration = "1m"\n'
SPIKE = 'shape = {kind = "spike", users = 5, peak = 50, before = "5s", hold = "10s", after = "20s", spawn_rate = 25}\n'


def read_plan(folder: Path, text: str, **overrides: Any) -> Plan:
    plan = f'[rush]\ndescription = "All buy."\nuser_classes = ["Buyer"]\n{text}'
    suite = read_suite(folder, '[target]\nurl = "http://target"\n', shop=plan)
    return find_plan(suite, "shop/rush", Overrides(**overrides))


def test_stages_say_users_spawn_rate_and_run_time(tmp_path: Path) -> None:
    plan = read_plan(tmp_path, WARM + PEAK)
    assert [stage.name for stage in plan.stages] == ["warm", "peak"]
    assert (plan.users, plan.spawn_rate, plan.run_time_s, plan.spawn_time_s) == (200, 10.0, 90, 2.0)


def test_shape_becomes_stages(tmp_path: Path) -> None:
    plan = read_plan(tmp_path, SPIKE + 'thresholds = ["stage peak: p95 < 1s"]\n')
    assert [(stage.name, stage.users, stage.duration_s) for stage in plan.stages] == [
        ("before", 5, 5),
        ("peak", 50, 10),
        ("after", 5, 20),
    ]
    assert (plan.users, plan.run_time_s) == (50, 35)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("users = 5\n" + WARM, "users and stages contradict each other"),
        ('run_time = "5s"\n' + SPIKE, "run_time and shape contradict"),
        (SPIKE + WARM, "stages and shape contradict"),
        ("stages = []\n", "at least 1 item"),
        (WARM.replace("20", '"many"'), r"shop.toml:\d+: rush.*users: Input should be"),
        (WARM.replace("30s", "2s"), "stage 'warm' needs 2 s to go from 0 to 20 users at 10/s, so 2s are too short"),
        (WARM + PEAK.replace("60", "3"), "needs 60 s to go from 20 to 200"),
        (WARM + WARM, "two stages have the name 'warm'"),
        (WARM.replace("warm", "a: b"), "String should match pattern"),
        (SPIKE.replace("spike", "wave"), r"shop.toml:4: rush.shape: a shape needs a kind, one of step, spike, ramp,"),
        (SPIKE.replace("peak = 50, ", ""), r"shop.toml:4: rush.shape: the shape spike lacks peak\."),
        ('thresholds = ["stage pek: p95 < 1s"]\n' + WARM, "names an unknown stage; the plan's stages: warm"),
    ],
)
def test_contradiction_is_told(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(StampedeError, match=told):
        read_plan(tmp_path, text)


def test_stages_are_not_overridden(tmp_path: Path) -> None:
    with pytest.raises(StampedeError, match="has stages, which say its users"):
        read_plan(tmp_path, WARM, users=9)
