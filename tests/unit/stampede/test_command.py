import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from stampede.command import CommandError, run_command
from tests import ROOT
from tests.conftest import wait_until

SETTING = "[world] timeout"
# A command whose child also ignores SIGTERM, and holds the command's output open.
STUBBORN = "trap '' TERM; sleep 600 & echo $! > child; wait"
PROGRAM = """
import sys
from pathlib import Path
from stampede.command import run_command
run_command(["sh", "-c", sys.argv[1]], Path.cwd(), 60, "x")
"""


def run(folder: Path, script: str, timeout_s: float = 30) -> subprocess.CompletedProcess[str]:
    return run_command(["sh", "-c", script], folder, timeout_s, SETTING)


def start_tool(folder: Path, script: str) -> subprocess.Popen[str]:
    """A process that runs the script as a command, with an input that stays open."""
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, script],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def is_running(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def test_command_is_run_in_its_folder(tmp_path: Path) -> None:
    done = run(tmp_path, "pwd; echo half >&2; exit 3")
    assert (done.stdout, done.stderr, done.returncode) == (f"{tmp_path}\n", "half\n", 3)


def test_command_gets_its_environment_alone(tmp_path: Path) -> None:
    done = run_command(["/usr/bin/env"], tmp_path, 30, SETTING, {"GIVEN": "yes"})
    assert done.stdout.splitlines() == ["GIVEN=yes"]


def test_command_that_asks_gets_no_answer(tmp_path: Path) -> None:
    with start_tool(tmp_path, "read answer; echo $? > asked") as tool:
        assert tool.wait(30) == 0  # its own input is still open
    assert (tmp_path / "asked").read_text() == "1\n"


def test_missing_program_continues_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"^could not be started: No such file or directory$"):
        run_command(["no-such-program"], tmp_path, 1, SETTING)


def test_endless_command_is_killed_with_its_children(tmp_path: Path) -> None:
    begun = time.monotonic()
    told = r"^did not end within 0\.5 s and was killed: \[world\] timeout of suite\.toml gives it more time$"
    with pytest.raises(CommandError, match=told):
        run(tmp_path, STUBBORN, 0.5)
    assert time.monotonic() - begun < 30
    child = int((tmp_path / "child").read_text())
    wait_until(lambda: not is_running(child))


def test_command_may_clean_up(tmp_path: Path) -> None:
    with pytest.raises(CommandError):
        run(tmp_path, "trap 'echo cleaned > notes; exit' TERM; sleep 60 & wait", 0.5)
    assert (tmp_path / "notes").read_text() == "cleaned\n"


def test_interrupt_ends_the_command(tmp_path: Path) -> None:
    tool = start_tool(tmp_path, STUBBORN)
    wait_until(lambda: (tmp_path / "child").exists() and (tmp_path / "child").read_text() != "")
    tool.send_signal(signal.SIGINT)
    _, said = tool.communicate(timeout=30)
    assert said.splitlines()[-1] == "KeyboardInterrupt"
    child = int((tmp_path / "child").read_text())
    wait_until(lambda: not is_running(child))
