"""How a fault is carried out: a step that begins, and ends where the fault lasts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from stampede.command import CommandError, run_command
from stampede.errors import StampedeError


def _do_nothing() -> None:
    """A fault that does not last has no end of its own."""


@dataclass(frozen=True, slots=True)
class Step:
    """`begin` injects the fault, `end` takes it back; both raise StampedeError where that fails.

    `finish` runs once after the load, where the fault was injected: it mends what nothing else would.
    """

    begin: Callable[[], None]
    end: Callable[[], None] = _do_nothing
    finish: Callable[[], None] = _do_nothing


def _run(folder: Path, timeout_s: float, command: Sequence[str]) -> None:
    """Run a command in the suite's folder.

    Raises:
        StampedeError: it failed or did not end in time.
    """
    try:
        done = run_command(command, folder, timeout_s, "[faults] timeout")
    except CommandError as error:
        raise StampedeError(f"{command[0]} {error}") from None
    if done.returncode != 0:
        raise StampedeError((done.stderr.strip().splitlines() or [f"{command[0]}: exit code {done.returncode}"])[-1])


def command_step(folder: Path, timeout_s: float, begin: Sequence[str], end: Sequence[str] = ()) -> Step:
    """A step that runs a command, and a second one where the fault lasts."""
    run = partial(_run, folder, timeout_s)
    return Step(partial(run, begin), partial(run, end) if end else _do_nothing)
