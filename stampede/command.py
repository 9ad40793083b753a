"""Runs the commands of a suite, each within a bound of its own."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from stampede.errors import StampedeError

END_TIMEOUT_S = 2.0


class CommandError(StampedeError):
    """A command that could not be started or did not end. Its text continues a sentence about the command."""


def run_command(
    command: Sequence[str],
    folder: Path,
    timeout_s: float,
    setting: str,
    environment: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder; its exit code and what it printed, whether it succeeded or not.

    It has a session of its own and no input. At the timeout and at an interrupt it is killed, with all that it started.
    `setting` of suite.toml is the one that gives it more time.

    Raises:
        CommandError: it could not be started, or did not end in time.
    """
    with _start(command, folder, environment) as process:
        try:
            printed, said = process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            _end_group(process)
            raise CommandError(
                f"did not end within {timeout_s:g} s and was killed: {setting} of suite.toml gives it more time"
            ) from None
        except BaseException:
            _end_group(process)
            raise
    return subprocess.CompletedProcess(command, process.returncode, printed, said)


def _start(command: Sequence[str], folder: Path, environment: Mapping[str, str] | None) -> subprocess.Popen[str]:
    pipe, none = subprocess.PIPE, subprocess.DEVNULL
    try:
        return subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=none,
            stdout=pipe,
            stderr=pipe,
            text=True,
            start_new_session=True,
        )
    except OSError as error:
        raise CommandError(f"could not be started: {error.strerror}") from None


def _end_group(process: subprocess.Popen[str]) -> None:
    """End the command and all that it started, with SIGTERM first; what is left is killed, also at a second Ctrl-C."""
    try:
        _signal_group(process, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(END_TIMEOUT_S)
    finally:
        _signal_group(process, signal.SIGKILL)


def _signal_group(process: subprocess.Popen[str], number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):  # macOS answers a group of zombies with the second
        os.killpg(process.pid, number)
