import sys
import time
from pathlib import Path

import pytest

from stampede.errors import StampedeError
from stampede.faults.injector import Injector
from stampede.suite.fault import Fault

NOTE = ("sh", "-c", "echo done >> notes")
ONCE, LATER = Fault("restart", "after", 0), Fault("restart", "after", 60)


def injector(folder: Path, *faults: Fault, command: tuple[str, ...] = NOTE) -> Injector:
    return Injector(faults, {"restart": command, "flush": NOTE}, folder)


def count(folder: Path) -> int:
    path = folder / "notes"
    return len(path.read_text().splitlines()) if path.exists() else 0


def test_due_fault_is_injected_once(tmp_path: Path) -> None:
    faults = injector(tmp_path, ONCE)
    faults.poll()
    faults.poll()
    assert count(tmp_path) == 1
    assert faults.find_missed() == []


def test_repeated_fault_is_injected_again(tmp_path: Path) -> None:
    faults, deadline = injector(tmp_path, Fault("restart", "every", 1)), time.monotonic() + 10
    faults.poll()
    assert count(tmp_path) == 0
    while count(tmp_path) < 2 and time.monotonic() < deadline:
        faults.poll()
        time.sleep(0.05)
    assert count(tmp_path) == 2


def test_fault_that_never_came_due_is_missed(tmp_path: Path) -> None:
    faults = injector(tmp_path, ONCE, LATER)
    faults.poll()
    assert faults.find_missed() == ["the fault 'restart after 60s' was never injected"]
    assert count(tmp_path) == 1


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (("sh", "-c", "echo first; echo no server >&2; exit 1"), "could not be injected: no server"),
        (("sh", "-c", "exit 3"), "could not be injected: .*exit status 3"),
        (("sh", "-c", "echo >&2; exit 3"), "could not be injected: .*exit status 3"),
        (("no-such-program",), "could not be injected: .*no-such-program"),
    ],
)
def test_failing_command_is_told(tmp_path: Path, command: tuple[str, ...], told: str) -> None:
    faults = injector(tmp_path, ONCE, command=command)
    with pytest.raises(StampedeError, match=f"The fault 'restart after 0s' {told}"):
        faults.poll()
    assert len(faults.find_missed()) == 1


def test_endless_command_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stampede.faults.injector.TIMEOUT_S", 0.2)
    faults = injector(tmp_path, ONCE, command=(sys.executable, "-c", "import time; time.sleep(60)"))
    with pytest.raises(StampedeError, match="did not end within"):
        faults.poll()
