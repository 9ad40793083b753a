"""Makes worlds by the suite's own commands."""

import os
from collections.abc import Mapping, Sequence

from stampede.command import CommandError, run_command
from stampede.errors import StampedeError
from stampede.suite.model import Suite, World
from stampede.suite.plans import Plan


def replace_world(suite: Suite, plan: Plan) -> None:
    """Make the plan's world anew; a suite without a world command keeps the one that is there.

    Raises:
        StampedeError: the command failed; the message has the reason that it printed, and where its options stand.
    """
    if suite.world is None:
        return
    try:
        run_world_command(suite, world_command(suite, plan.system, plan.seed, plan.world))
    except StampedeError as error:
        if not plan.world:
            raise
        where = f"`world` of {plan.name} in plans/{plan.system}.toml, or --world"
        raise StampedeError(f"{error} Its options come from {where}.") from None


def world_command(suite: Suite, system: str, seed: int, world: Mapping[str, object]) -> list[str]:
    """The command line for one system's world: `capacity = [10, 50]` becomes `--capacity 10,50`."""
    assert suite.world is not None
    given = {"${SYSTEM}": system, "${SEED}": str(seed)}
    command = []
    for part in suite.world.command:
        for variable, text in given.items():
            part = part.replace(variable, text)
        command.append(part)
    for name, value in world.items():
        numbers = value if isinstance(value, (tuple, list)) else (value,)
        command += [f"--{name.replace('_', '-')}", ",".join(map(str, numbers))]
    return command


def make_missing_worlds(suite: Suite) -> list[str]:
    """Make the default world of every system that has none; the lines that the command printed.

    Raises:
        StampedeError: as `replace_world`.
    """
    return run_world_command(suite, suite.world.missing) if suite.world and suite.world.missing else []


def run_world_command(suite: Suite, command: Sequence[str]) -> list[str]:
    """Run a command in the suite's folder and give what it printed.

    Raises:
        StampedeError: it could not be started, failed, or did not end in time.
    """
    environment = {**os.environ, **({"DATABASE_URL": suite.database.owner} if suite.database else {})}
    timeout_s = suite.world.timeout if suite.world else World.timeout
    try:
        done = run_command(command, suite.folder, timeout_s, "[world] timeout", environment)
    except CommandError as error:
        raise StampedeError(f"The world command {command[0]!r} {error}.") from None
    said = done.stderr or done.stdout
    if done.returncode != 0:
        reason = _read_reason(said) or f"exit code {done.returncode}"
        raise StampedeError(
            f"The world was not made: {reason.removesuffix('.')}. The command was: {' '.join(command)}."
        )
    return [line.strip() for line in said.splitlines() if line.strip()]


def _read_reason(said: str) -> str:
    """The last line, or what typer and rich print in a box, where a sentence may go over several lines."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    boxed = [line.strip(" │") for line in lines if line.startswith("│")]
    return " ".join(boxed) if boxed else lines[-1] if lines else ""
