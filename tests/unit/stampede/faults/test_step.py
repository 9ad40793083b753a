import time
from pathlib import Path

import pytest

from stampede.errors import StampedeError
from stampede.faults.step import command_step


def test_commands_run_in_the_suites_folder(tmp_path: Path) -> None:
    step = command_step(tmp_path, 5, ("sh", "-c", "echo begin >> notes"), ("sh", "-c", "echo end >> notes"))
    step.begin()
    step.end()
    step.finish()
    assert (tmp_path / "notes").read_text() == "begin\nend\n"


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (("sh", "-c", "echo first; echo no server >&2; exit 1"), "^no server$"),
        (("sh", "-c", "exit 3"), "^sh: exit code 3$"),
        (("sh", "-c", "echo >&2; exit 3"), "^sh: exit code 3$"),
        (("no-such-program",), "^no-such-program could not be started: No such file or directory$"),
    ],
)
def test_failing_command_is_told(tmp_path: Path, command: tuple[str, ...], told: str) -> None:
    with pytest.raises(StampedeError, match=told):
        command_step(tmp_path, 5, command).begin()


def test_endless_command_is_killed(tmp_path: Path) -> None:
    step, begun = command_step(tmp_path, 0.2, ("true",), ("sleep", "60")), time.monotonic()
    step.begin()
    with pytest.raises(StampedeError, match=r"^sleep did not end within 0\.2 s and was killed: \[faults\] timeout of"):
        step.end()
    assert time.monotonic() - begun < 30
