from pathlib import Path

import pytest

from stampede.lab.validation import validate_suite
from tests.unit.stampede.builders import read_suite

pytestmark = pytest.mark.usefixtures("clean_environment")

SUITE = """
[target]
url = "http://127.0.0.1:1"
[stack]
locustfile = "locustfiles/shop.py"
[guards.LOCK]
default = "row"
right = ["row"]
"""
PLAN = """
[rush]
description = "All buy."
user_classes = ["Buyer"]
users = 10
spawn_rate = 10
run_time = "30s"
"""
USERS = """
from locust import HttpUser, LoadTestShape

class Buyer(HttpUser):
    pass

class Step(LoadTestShape):
    abstract = False
    def tick(self):
        return None
"""


def validate(folder: Path, users: str = USERS, plan: str = PLAN) -> dict[str, tuple[bool, str]]:
    suite = read_suite(folder, SUITE, shop=plan)
    (folder / "locustfiles").mkdir(exist_ok=True)
    (folder / "locustfiles" / "shop.py").write_text(users)
    return {line.subject: (line.ok, line.text) for line in validate_suite(suite)}


def test_good_suite_has_a_line_for_each_part(tmp_path: Path) -> None:
    lines = validate(tmp_path)
    assert all(ok for ok, _ in lines.values())
    assert lines["locustfiles/shop.py"] == (True, "Buyer; shapes: Step")
    assert lines["plans of shop"] == (True, "rush")
    assert lines["LOCK"] == (True, "row")
    assert lines["target"] == (True, "http://127.0.0.1:1 is not up")


def test_broken_locustfile_is_named_with_its_error(tmp_path: Path) -> None:
    ok, text = validate(tmp_path, users="import nothing_of_that_name")["locustfiles/shop.py"]
    assert not ok
    assert "No module named 'nothing_of_that_name'" in text


def test_plan_that_cannot_run_is_named(tmp_path: Path) -> None:
    ok, text = validate(tmp_path, plan=PLAN.replace("Buyer", "Seller"))["plan shop/rush"]
    assert not ok
    assert "shop.py has no user class Seller" in text


BASELINE = "baselines/rush.json"
ENTRY = '{"Buy": {"P50": 1, "P95": 2, "P99": 3, "RPS": 4}}'


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (ENTRY, (True, "baseline, 1 requests")),
        ("{}", (True, "baseline, 0 requests")),
        ('{"Buy": 1}', (False, "Buy: Input should be")),
        (None, (False, "There is no baseline")),
    ],
)
def test_baseline_has_a_line(tmp_path: Path, content: str | None, line: tuple[bool, str]) -> None:
    if content is not None:
        (tmp_path / "baselines").mkdir()
        (tmp_path / BASELINE).write_text(content)
    ok, text = validate(tmp_path, plan=PLAN + f'baseline = "{BASELINE}"')[BASELINE]
    assert ok == line[0]
    assert line[1] in text


def test_plan_in_stages_is_named_so(tmp_path: Path) -> None:
    stages = 'shape = { kind = "ramp", users = 4, over = "2s", hold = "2s" }'
    plan = PLAN.replace('users = 10\nspawn_rate = 10\nrun_time = "30s"', stages)
    assert validate(tmp_path, plan=plan)["plans of shop"] == (True, "rush (in stages)")


def test_plan_that_does_not_parse_is_a_line(tmp_path: Path) -> None:
    ok, text = validate(tmp_path, plan=PLAN + 'thresholds = ["p95 <"]')["plans"]
    assert not ok
    assert "Cannot parse threshold" in text


def test_misspelt_strategy_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCK", "rwo")
    assert validate(tmp_path)["LOCK"] == (False, "rwo is none of row")
