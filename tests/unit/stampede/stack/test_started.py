import os
from pathlib import Path

import pytest

from stampede.errors import StampedeError
from stampede.stack.started import NAME, check_settings, note_settings
from stampede.suite.load import load_suite
from stampede.suite.model import Suite
from tests.unit.stampede.builders import write_suite

SUITE = """
[target]
url = "http://target:${API_PORT:-80}"
[stack]
locustfile = "users.py"
[stack.programs.api]
command = ["api", "${FLAGS:-none}"]
ready = "tcp 127.0.0.1:80"
[guards.LOCKING]
default = "right"
right = ["right"]
wrong = ["wrong"]
"""

pytestmark = pytest.mark.usefixtures("clean_environment")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_suite(tmp_path, SUITE)
    for name in ("API_PORT", "LOCKING", "CACHE_TTL_S", "DATABASE_DELAY_MS", "JWT_SECRET"):
        os.environ.pop(name, None)
    (tmp_path / "users.py").touch()
    (tmp_path / ".env").write_text("WORKERS=2\n# CACHE_TTL_S=5\nJWT_SECRET=hidden-word\n")
    return tmp_path


def start(folder: Path) -> Suite:
    suite = load_suite(folder)
    suite.settings.state.mkdir()
    note_settings(suite)
    return suite


def test_same_settings_are_accepted(folder: Path) -> None:
    suite = start(folder)
    os.environ |= {"LOCKING": "right", "REPORTS": "elsewhere", "UNRELATED": "x"}
    check_settings(suite)
    check_settings(load_suite(folder))


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("WORKERS", "4", "WORKERS=2 (now set: 4)"),
        ("LOCKING", "wrong", "LOCKING=right (now set: wrong)"),
        ("CACHE_TTL_S", "9", "CACHE_TTL_S=(empty) (now set: 9)"),
        ("API_PORT", "81", "API_PORT=(empty) (now set: 81)"),
        ("DATABASE_DELAY_MS", "5", "DATABASE_DELAY_MS=0.0 (now set: 5.0)"),
        ("JWT_SECRET", "other-word", "another JWT_SECRET"),
    ],
)
def test_changed_setting_is_refused_by_name(folder: Path, name: str, value: str, told: str) -> None:
    start(folder)
    os.environ[name] = value
    with pytest.raises(StampedeError, match=r"`stampede down` first") as refusal:
        check_settings(load_suite(folder))
    assert told in str(refusal.value)
    assert "word" not in str(refusal.value)


def test_secret_is_not_written_in_clear(folder: Path) -> None:
    path = start(folder).settings.state / NAME
    assert "hidden-word" not in path.read_text()
    assert path.stat().st_mode & 0o077 == 0


def test_changed_command_is_refused(folder: Path) -> None:
    start(folder)
    (folder / "suite.toml").write_text(SUITE.replace('["api"', '["another"'))
    with pytest.raises(StampedeError, match="The command of api has changed"):
        check_settings(load_suite(folder))
