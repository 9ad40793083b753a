import os
import sys
from pathlib import Path

import pytest

from stampede.errors import StampedeError
from stampede.suite.load import load_suite
from stampede.suite.model import Suite
from tests.unit.stampede.builders import read_suite, write_suite

SUITE = """
[setup]
file = "lab.env"
make = ["sh", "make.sh"]

[target]
url = "${SHOP_URL}/v1"
health = "${SHOP_HEALTH:-/health}"

[world]
command = ["${PYTHON}", "-m", "shop", "${SYSTEM}", "${SEED}"]
"""
PLAIN = '[target]\nurl = "http://target"\n'

pytestmark = pytest.mark.usefixtures("clean_environment")


def load(folder: Path, make: str) -> Suite:
    write_suite(folder, SUITE)
    (folder / "make.sh").write_text(make)
    return load_suite(folder)


def test_variables_come_from_the_settings_file(tmp_path: Path) -> None:
    suite = load(tmp_path, "echo SHOP_URL=http://made > lab.env")
    assert (suite.target.url, suite.target.health) == ("http://made/v1", "/health")


def test_environment_wins_over_the_settings_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_URL", "http://given")
    assert load(tmp_path, "echo SHOP_URL=http://made > lab.env").target.url == "http://given/v1"


def test_programs_inherit_the_settings_file(tmp_path: Path) -> None:
    load(tmp_path, "echo SHOP_URL=http://made > lab.env")
    assert os.environ["SHOP_URL"] == "http://made"


def test_world_variables_wait_for_the_run(tmp_path: Path) -> None:
    world = load(tmp_path, "echo SHOP_URL=http://made > lab.env").world
    assert world
    assert world.command == (sys.executable, "-m", "shop", "${SYSTEM}", "${SEED}")


def test_unset_variable_is_named(tmp_path: Path) -> None:
    with pytest.raises(StampedeError, match=r"suite\.toml needs the environment variable SHOP_URL"):
        load(tmp_path, "true")


def test_failing_settings_command_is_quoted(tmp_path: Path) -> None:
    with pytest.raises(StampedeError, match=r"sh make\.sh failed: no disk\."):
        load(tmp_path, "echo no disk >&2; exit 3")


def test_endless_settings_command_is_killed(tmp_path: Path) -> None:
    with pytest.raises(StampedeError, match=r"sleep 60 did not end within 1 s and was killed: \[setup\] timeout of"):
        read_suite(tmp_path, f'{PLAIN}[setup]\nmake = ["sleep", "60"]\ntimeout = "1s"\n')


def test_timeouts_are_durations(tmp_path: Path) -> None:
    text = '[world]\ncommand = ["true"]\ntimeout = "1h"\n[faults]\ntimeout = "2m"\n"flush it" = ["true"]\n'
    suite = read_suite(tmp_path, PLAIN + text)
    assert suite.world
    assert (suite.world.timeout, suite.faults.timeout, suite.faults.commands) == (3600, 120, {"flush it": ("true",)})


@pytest.mark.parametrize(("value", "told"), [('"soon"', "'soon' is no run time"), ("0", "greater than 0")])
def test_timeout_that_does_not_fit_is_told(tmp_path: Path, value: str, told: str) -> None:
    with pytest.raises(StampedeError, match=rf"suite.toml:\d+: world.timeout: .*{told}"):
        read_suite(tmp_path, f'{PLAIN}[world]\ncommand = ["true"]\ntimeout = {value}\n')


def test_missing_settings_program_is_named(tmp_path: Path) -> None:
    with pytest.raises(StampedeError, match="no-such-program could not be started: No such file"):
        read_suite(tmp_path, f'{PLAIN}[setup]\nmake = ["no-such-program"]\n')


def test_compose_reads_no_settings_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STACK", "compose")
    monkeypatch.setenv("SHOP_URL", "http://given")
    load(tmp_path, "touch made")
    assert not (tmp_path / "made").exists()


def test_folder_without_a_suite_is_named(tmp_path: Path) -> None:
    with pytest.raises(StampedeError, match=f"no suite.toml in {tmp_path}: name a suite's folder with --suite DIR"):
        load_suite(tmp_path)


def test_syntax_error_has_its_line(tmp_path: Path) -> None:
    with pytest.raises(StampedeError, match=r"suite\.toml is not TOML: .*line 3"):
        read_suite(tmp_path, f"{PLAIN}[world\n")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f'{PLAIN}heallth = "/"\n', r"suite\.toml:3: target\.heallth: Unexpected"),
        (f"{PLAIN}[systems.shop]\npath = 3\n", r"suite\.toml:4: systems\.shop\.path: .*string"),
        (f'{PLAIN}[systems.shop.changes]\n"a.b" = {{rows="all"}}\n', r"suite\.toml:4: .*rows: .*'fixed', 'added'"),
        (f"{PLAIN}[world]\ncommand = []\n", r"suite\.toml:4: world\.command: "),
        (f"{PLAIN}[setup]\nmake = 5\n", r"suite\.toml:4: setup\.make: "),
        ("[stack]\n", r"suite\.toml:1: target: "),
    ],
)
def test_misfit_has_file_and_line(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(StampedeError, match=told) as raised:
        read_suite(tmp_path, text)
    assert "\n" not in str(raised.value)


def test_all_misfits_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(StampedeError, match=r"target\.metrics: .*; .*stack\.postgres: "):
        read_suite(tmp_path, f"{PLAIN}metrics = 5\n[stack]\npostgres = 'maybe'\n")
