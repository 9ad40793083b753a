"""Injects the faults of a plan while its load runs."""

import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from stampede.errors import StampedeError
from stampede.suite.fault import Fault

TIMEOUT_S = 10.0


class Injector:
    """Runs the command of each fault when it is due; `poll` is called often, the first call starts the clock."""

    def __init__(self, faults: Sequence[Fault], commands: Mapping[str, Sequence[str]], folder: Path) -> None:
        self._done = dict.fromkeys(faults, 0)
        self._commands = commands
        self._folder = folder
        self._started_at: float | None = None

    def poll(self) -> None:
        """Run what is due.

        Raises:
            StampedeError: a command failed, so the fault was not injected.
        """
        now = time.monotonic()
        self._started_at = self._started_at or now
        for fault, done in self._done.items():
            if fault.is_due(now - self._started_at, done):
                self._run(fault)
                self._done[fault] += 1

    def find_missed(self) -> list[str]:
        """A sentence for each fault that was never injected."""
        return [f"the fault '{fault}' was never injected" for fault, done in self._done.items() if not done]

    def _run(self, fault: Fault) -> None:
        command = self._commands[fault.action]
        try:
            subprocess.run(command, cwd=self._folder, check=True, capture_output=True, text=True, timeout=TIMEOUT_S)
        except subprocess.TimeoutExpired:
            raise StampedeError(f"The fault '{fault}' did not end within {TIMEOUT_S:.0f} s.") from None
        except (subprocess.CalledProcessError, OSError) as error:
            said = (getattr(error, "stderr", "") or "").strip().splitlines() or [str(error)]
            raise StampedeError(f"The fault '{fault}' could not be injected: {said[-1]}") from None
