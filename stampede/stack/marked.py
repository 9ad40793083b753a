"""The processes of a local stack, also without a supervisor: each bears the folder of its stack as a mark."""

from collections.abc import Iterator
from contextlib import suppress

import psutil

from stampede.settings import Settings
from stampede.stack import postgres

MARK = "STAMPEDE_STACK"
END_TIMEOUT_S = 5.0
KILL_ROUNDS = 3  # a supervisor may start a program anew before it is killed itself


def find_marked(settings: Settings) -> Iterator[psutil.Process]:
    """By the mark in the environment, or by the one in the command line: Postgres overwrites its environment."""
    state, mark = str(settings.state), postgres.state_mark(settings)
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == state or mark in process.cmdline():
                yield process
        except psutil.Error:
            continue


def end_marked(settings: Settings) -> bool:
    """End what is left of a stack, and kill what does not end; whether there was anything."""
    found = left = list(find_marked(settings))
    for process in left:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    psutil.wait_procs(left, timeout=END_TIMEOUT_S)
    for _ in range(KILL_ROUNDS):
        for process in (left := list(find_marked(settings))):
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(left, timeout=END_TIMEOUT_S)
    return bool(found)


def resume_marked(settings: Settings) -> None:
    """Let the paused processes of a stack go on."""
    for process in find_marked(settings):
        with suppress(psutil.NoSuchProcess):
            if process.status() == psutil.STATUS_STOPPED:
                process.resume()
