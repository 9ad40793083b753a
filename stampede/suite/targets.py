"""What the faults of a plan may act on: `[faults]` of suite.toml."""

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from stampede.errors import StampedeError
from stampede.suite.fault import Fault, how_to_write
from stampede.suite.stages import Timeout

STRICT = ConfigDict(extra="forbid")
Command = Annotated[tuple[str, ...], Field(min_length=1)]
# `terminate` and `latency` act on the suite's database.
TARGETED = ("kill", "restart", "pause")


class UnknownTargetError(StampedeError):
    """A plan injects a fault for which the suite has neither a target nor a command."""


@dataclass(frozen=True, config=STRICT)
class FaultTarget:
    """Something that can be killed, restarted and paused: on the local stack a program, on Compose a service.

    `child`: only the child process that has used most CPU time is killed.
    `kill`, `restart`, `pause`, `resume`: commands that are run instead, for what neither stack has started.
    """

    program: str = ""
    service: str = ""
    child: bool = False
    kill: tuple[str, ...] = ()
    restart: tuple[str, ...] = ()
    pause: tuple[str, ...] = ()
    resume: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a target that has a command for `pause` but none for `resume`.

        Raises:
            ValueError: there is a command to pause it, and none to let it go on.
        """
        if self.pause and not self.resume:
            raise ValueError("pause needs resume, the command that ends it")

    def command(self, verb: str) -> tuple[str, ...]:
        """The command of a verb; empty where there is none."""
        command: tuple[str, ...] = getattr(self, verb)
        return command


# Those of the tool's own programs; a suite may declare others of these names.
OWN = {
    "postgres": FaultTarget(program="postgres", service="postgres"),
    "worker": FaultTarget(program="locust-worker-1", service="locust-worker"),
    "load generator": FaultTarget(program="locust-master", service="locust-master"),
}
GENERATORS = frozenset({"locust-master", "locust-worker"})  # as services; a program has a number behind the name


@dataclass(frozen=True, config=STRICT)
class Faults:
    """Commands by action, and targets by name. `timeout`: seconds for each command, which is then killed."""

    timeout: Timeout = 10.0
    commands: Mapping[str, Command] = Field(default_factory=dict)
    targets: Mapping[str, FaultTarget] = Field(default_factory=dict)

    def target(self, name: str) -> FaultTarget | None:
        """The target of a name: the suite's, or one of the tool's own."""
        return self.targets.get(name) or OWN.get(name)

    def ends_generator(self, fault: Fault) -> bool:
        """Whether a fault ends a load generator, and with it the record of what it has sent."""
        target = self.target(fault.target) if fault.verb in ("kill", "restart") else None
        return target is not None and re.sub(r"-\d+$", "", target.program or target.service) in GENERATORS

    def require(self, plan: str, fault: Fault) -> None:
        """Check that a fault has a command or a target.

        Raises:
            UnknownTargetError: it has neither.
        """
        if fault.action in self.commands or fault.verb in ("terminate", "latency"):
            return
        if fault.verb in TARGETED:
            target = self.target(fault.target)
            if target is None:
                known = ", ".join({**OWN, **self.targets})
                raise UnknownTargetError(
                    f"{plan} would {fault.verb} {fault.target!r}, but [faults.targets] of suite.toml knows: {known}."
                )
            if target.child and fault.verb != "kill" and not target.command(fault.verb):
                raise UnknownTargetError(
                    f"{plan} would {fault.verb} {fault.target!r}, but a target with `child` can be killed only."
                )
            return
        if how := how_to_write(fault.action):
            raise UnknownTargetError(f"{plan} injects {fault.text!r}, which lacks a part: write it like `{how}`.")
        known = ", ".join(self.commands) or "none"
        raise UnknownTargetError(f"{plan} injects {fault.action!r}, but [faults] of suite.toml knows: {known}.")


def fold_commands(value: Any) -> Any:
    """`[faults]` as it is written: the commands stand beside the table of the targets and the timeout."""
    if not isinstance(value, dict):
        return value
    apart = {name: value[name] for name in ("targets", "timeout") if name in value}
    return {"commands": {name: command for name, command in value.items() if name not in apart}, **apart}
