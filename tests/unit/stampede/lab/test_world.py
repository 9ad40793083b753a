import sys
from pathlib import Path
from typing import Any

import pytest

from stampede.errors import StampedeError
from stampede.lab.world import make_missing_worlds, replace_world, run_world_command, world_command
from stampede.suite.model import Database, World
from tests.unit.stampede.builders import make_plan, make_suite


def shell(script: str) -> list[str]:
    return ["sh", "-c", script]


@pytest.mark.parametrize(
    ("world", "options"),
    [
        ({}, []),
        ({"items": 5}, ["--items", "5"]),
        ({"reserve_limit": 2.5}, ["--reserve-limit", "2.5"]),
        ({"sizes": (10, 50), "names": ["a", "b"]}, ["--sizes", "10,50", "--names", "a,b"]),
        ({"sizes": "10,50"}, ["--sizes", "10,50"]),
    ],
)
def test_world_becomes_options(world: dict[str, Any], options: list[str]) -> None:
    suite = make_suite(world=World(("make", "${SYSTEM}-world", "--seed", "${SEED}")))
    assert world_command(suite, "shop", 7, world) == ["make", "shop-world", "--seed", "7", *options]


def test_plans_world_is_made(tmp_path: Path) -> None:
    suite = make_suite(tmp_path, world=World((*shell('echo "$@" > made; pwd >> made'), "${SYSTEM}", "${SEED}")))
    replace_world(suite, make_plan(seed=3, world={"items": 5}))
    assert (tmp_path / "made").read_text().splitlines() == ["3 --items 5", str(tmp_path)]


def test_suite_without_a_world_keeps_what_is_there(tmp_path: Path) -> None:
    replace_world(make_suite(tmp_path), make_plan())
    assert make_missing_worlds(make_suite(tmp_path)) == []


def test_command_gets_the_suites_database(tmp_path: Path) -> None:
    suite = make_suite(tmp_path, database=Database("postgresql://given"))
    assert run_world_command(suite, shell("echo $DATABASE_URL")) == ["postgresql://given"]


def test_command_gets_the_owners_url(tmp_path: Path) -> None:
    suite = make_suite(tmp_path, database=Database("postgresql://reads", owner_url="postgresql://owns"))
    assert run_world_command(suite, shell("echo $DATABASE_URL")) == ["postgresql://owns"]


def test_missing_worlds_are_reported(tmp_path: Path) -> None:
    suite = make_suite(tmp_path, world=World(("true",), missing=tuple(shell("echo Seeded shop. >&2"))))
    assert make_missing_worlds(suite) == ["Seeded shop."]


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("echo one; echo half >&2; echo no table >&2; exit 2", ": no table. The"),
        ("echo nothing on stderr; exit 2", ": nothing on stderr. The"),
        ("exit 3", ": exit code 3. The"),
        (
            "printf 'Usage\\n╭─ Error ╮\\n│ No such │\\n│ option. │\\n╰───╯\\n' >&2; exit 2",
            ": No such option. The",
        ),
    ],
)
def test_failed_command_is_told_with_its_reason(tmp_path: Path, script: str, told: str) -> None:
    with pytest.raises(StampedeError, match="The world was not made") as raised:
        run_world_command(make_suite(tmp_path), shell(script))
    assert f"{told} command was: sh -c" in str(raised.value)


def test_refused_option_is_told_with_its_place(tmp_path: Path) -> None:
    suite = make_suite(tmp_path, world=World(("sh", "-c", "echo bad items; exit 2")))
    with pytest.raises(StampedeError, match=r"bad items\. .*`world` of rush in plans/shop\.toml, or --world\.$"):
        replace_world(suite, make_plan(world={"items": "many"}))


def test_missing_program_is_named(tmp_path: Path) -> None:
    with pytest.raises(StampedeError, match="'no-such-program' could not be started: No such file"):
        run_world_command(make_suite(tmp_path), ["no-such-program"])


def test_killed_command_is_no_world(tmp_path: Path) -> None:
    kill = [sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"]
    with pytest.raises(StampedeError, match="exit code -9"):
        run_world_command(make_suite(tmp_path), kill)


def test_endless_command_is_no_world(tmp_path: Path) -> None:
    suite = make_suite(tmp_path, world=World(("sleep", "60"), timeout=0.2))
    with pytest.raises(StampedeError, match=r"'sleep' did not end within 0\.2 s and was killed: \[world\] timeout of"):
        run_world_command(suite, ["sleep", "60"])
