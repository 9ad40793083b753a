"""The database alone, measured by the suite's peer command with the target's own transactions."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from stampede.command import CommandError, run_command
from stampede.errors import StampedeError
from stampede.suite.model import Guard, Suite


@dataclass(frozen=True, slots=True)
class Peer:
    """One measurement: transactions per second of a script with so many clients, each one accepted write."""

    script: str
    clients: int
    per_s: float


def measure_peer(suite: Suite, guard: Guard, seconds: int) -> list[Peer]:
    """Run the guard's peer command with `--seconds`; it prints one JSON object per measurement.

    Raises:
        StampedeError: it failed, did not end in time, or printed something else.
    """
    started = [*guard.peer, "--seconds", str(seconds)]
    try:
        done = run_command(started, suite.folder, guard.peer_timeout, "[guards.NAME] peer_timeout")
    except CommandError as error:
        raise StampedeError(f"The peer command {started[0]!r} {error}.") from None
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise StampedeError(f"The peer command failed: {said[-1] if said else done.returncode}")
    try:
        measured = [Peer(**json.loads(line)) for line in done.stdout.splitlines()]
    except (ValueError, TypeError) as error:
        raise StampedeError(f"The peer command printed no measurements: {error}.") from None
    if not measured:
        raise StampedeError("The peer command printed no measurements.")
    return measured


def middle(measured: Sequence[Peer], script: str) -> list[Peer]:
    """The median over the rounds of a script, with each number of clients."""
    rounds: dict[int, list[float]] = {}
    for one in measured:
        if one.script == script:
            rounds.setdefault(one.clients, []).append(one.per_s)
    return [Peer(script, clients, median(speeds)) for clients, speeds in sorted(rounds.items())]


def best(measured: Sequence[Peer], script: str) -> Peer:
    """The number of clients with which a script was fastest."""
    return max(middle(measured, script), key=lambda one: one.per_s)
