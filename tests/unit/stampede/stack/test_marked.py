import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from stampede.settings import Settings
from stampede.stack.marked import MARK, end_marked, find_marked, resume_marked


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(state=tmp_path / "state")


@pytest.fixture
def sleeper(settings: Settings) -> Iterator["subprocess.Popen[bytes]"]:
    """A process that bears the mark of the stack."""
    with subprocess.Popen(["sleep", "60"], env={**os.environ, MARK: str(settings.state)}) as process:
        yield process
        process.kill()


def test_only_processes_of_this_stack_are_found(settings: Settings, sleeper: "subprocess.Popen[bytes]") -> None:
    assert [process.pid for process in find_marked(settings)] == [sleeper.pid]
    assert list(find_marked(settings.model_copy(update={"state": Path("/elsewhere")}))) == []


def test_paused_process_goes_on(settings: Settings, sleeper: "subprocess.Popen[bytes]") -> None:
    sleeper.send_signal(signal.SIGSTOP)
    os.waitpid(sleeper.pid, os.WUNTRACED)
    resume_marked(settings)
    assert psutil.Process(sleeper.pid).status() != psutil.STATUS_STOPPED


def test_all_processes_are_ended(settings: Settings, sleeper: "subprocess.Popen[bytes]") -> None:
    assert end_marked(settings)
    assert not psutil.pid_exists(sleeper.pid)
    assert not end_marked(settings)
