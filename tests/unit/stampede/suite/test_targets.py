from pathlib import Path

import pytest

from stampede.errors import StampedeError
from stampede.suite.fault import parse_fault
from stampede.suite.plans import list_plans
from stampede.suite.targets import Faults, FaultTarget
from tests.unit.stampede.builders import read_suite

TARGET = '[target]\nurl = "http://127.0.0.1:1"\n'
FAULTS = """
[faults]
"kill everything" = ["true"]
[faults.targets]
cache = { program = "cache-server", service = "cache" }
clerk = { program = "shop", child = true }
"""
PLAN = """
[calm]
description = "x"
user_classes = ["A"]
users = 1
spawn_rate = 1
run_time = "5s"
faults = []

[rush]
description = "x"
user_classes = ["A"]
users = 1
spawn_rate = 1
run_time = "5s"
faults = ["FAULT"]
"""


def read_fault(folder: Path, fault: str) -> str:
    suite = read_suite(folder, TARGET + FAULTS, shop=PLAN.replace("FAULT", fault))
    return str(list_plans(suite)[1].faults[0])


@pytest.mark.parametrize(
    "fault",
    [
        "kill cache at 1s",
        "pause postgres for 1s at 1s",
        "kill worker at 1s",
        "kill everything at 1s",
        "terminate one backend at 1s",
        "latency database 1ms from 1s to 2s",
    ],
)
def test_fault_with_a_target_or_a_command_is_taken(tmp_path: Path, fault: str) -> None:
    assert read_fault(tmp_path, fault) == fault


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("kill queue at 1s", r"shop.toml:16: shop/rush would kill 'queue', but \[faults.targets\].*cache"),
        (
            "restart clerk at 1s",
            "shop.toml:16: shop/rush would restart 'clerk', but a target with `child` can be killed",
        ),
        ("pause clerk for 1s at 1s", "shop.toml:16: shop/rush would pause 'clerk'"),
        ("boil it at 1s", r"shop.toml:16: shop/rush injects 'boil it', but \[faults\].*kill everything"),
        ("pause cache at 3s", r"shop.toml:16: shop/rush injects .* write it like `pause cache for 3s at 8s`\."),
        ("terminate it at 3s", "'terminate it at 3s'.* write it like `terminate one backend every 2s`"),
        ("latency cache at 3s", "write it like `latency database 5ms from 5s to 20s`"),
        ("boil it", r"shop.toml:16: rush.faults: .*Cannot parse fault 'boil it'"),
    ],
)
def test_unknown_fault_is_told_with_file_and_line(tmp_path: Path, fault: str, told: str) -> None:
    with pytest.raises(StampedeError, match=told):
        read_fault(tmp_path, fault)


def test_pause_that_nobody_would_end_is_refused() -> None:
    with pytest.raises(ValueError, match="pause needs resume"):
        FaultTarget(pause=("freeze",))


def test_commands_and_targets_stand_in_one_table(tmp_path: Path) -> None:
    suite = read_suite(tmp_path, TARGET + FAULTS, shop=PLAN)
    assert suite.faults.commands == {"kill everything": ("true",)}
    assert suite.faults.target("cache") == FaultTarget("cache-server", "cache")
    assert suite.faults.target("queue") is None


@pytest.mark.parametrize(
    ("fault", "ends"),
    [
        ("kill worker at 1s", True),
        ("restart load generator at 1s", True),
        ("pause worker for 1s at 1s", False),
        ("kill postgres at 1s", False),
        ("boil it at 1s", False),
    ],
)
def test_fault_of_a_load_generator_is_known(fault: str, ends: bool) -> None:
    assert Faults().ends_generator(parse_fault(fault)) is ends
