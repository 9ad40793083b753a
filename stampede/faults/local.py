"""Faults of programs of the local stack: signals to their processes, which the supervisor starts again."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial

import psutil

from stampede.errors import StampedeError
from stampede.faults.step import Step
from stampede.stack.local import LocalStack
from stampede.stack.programs import MASTER, WORKER
from stampede.stack.supervisor import ERRORS
from stampede.suite.fault import Fault
from stampede.suite.targets import FaultTarget


def program_step(stack: LocalStack, fault: Fault, target: FaultTarget) -> Step:
    """How a fault of a program is carried out.

    Raises:
        StampedeError: the stack does not run that program.
    """
    name, states = target.program, stack.states()
    if name not in states:
        raise StampedeError(
            f"the local stack runs no program {name!r} (it runs {', '.join(states) or 'none'}): "
            "name another in [faults.targets] of suite.toml, or give the target commands"
        )
    # Without their master the workers would never stop.
    finish = partial(_restart_workers, stack) if name == MASTER else None
    begin, end = _choose(stack, fault, target)
    step = Step(begin) if end is None else Step(begin, end)
    return step if finish is None else Step(step.begin, step.end, finish)


def _choose(
    stack: LocalStack, fault: Fault, target: FaultTarget
) -> tuple[Callable[[], None], Callable[[], None] | None]:
    if fault.verb == "restart":
        return partial(_restart, stack, target.program), None
    if fault.verb == "pause":
        frozen: list[psutil.Process] = []
        return partial(_freeze, stack, target.program, frozen), partial(_thaw, frozen)
    return partial(_kill, stack, target), None


def _require(stack: LocalStack, name: str) -> psutil.Process:
    process = stack.find_process(name)
    if process is None:
        raise StampedeError(f"{name} did not run")
    return process


def _stop_tree(process: psutil.Process) -> list[psutil.Process]:
    """Freeze a process and then its children: a frozen one makes no further."""
    process.suspend()
    children = process.children(recursive=True)
    _each(children, psutil.Process.suspend)
    return [process, *children]


def _each(processes: Iterable[psutil.Process], act: Callable[[psutil.Process], None]) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            act(process)


def _kill(stack: LocalStack, target: FaultTarget) -> None:
    """Kill a program with all its processes, as the end of its container would; or its busiest child alone."""
    process = _require(stack, target.program)
    if not target.child:
        _each(_stop_tree(process), psutil.Process.kill)
        return
    children = process.children()
    if not children:
        raise StampedeError(f"{target.program} has no child process")
    max(children, key=_cpu_s).kill()


def _cpu_s(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.Error:
        return 0.0
    return float(times.user + times.system)


def _freeze(stack: LocalStack, name: str, frozen: list[psutil.Process]) -> None:
    frozen[:] = _stop_tree(_require(stack, name))


def _thaw(frozen: list[psutil.Process]) -> None:
    _each(reversed(frozen), psutil.Process.resume)


def _restart(stack: LocalStack, name: str) -> None:
    try:
        stack.restart(name)
    except ERRORS as error:
        raise StampedeError(f"{name} did not start again: {error}") from None


def _restart_workers(stack: LocalStack) -> None:
    for name in stack.states():
        if name.startswith(WORKER):
            _restart(stack, name)
