"""The phases of a run: users are started (ramp), all are there (steady), the end was requested (tail).

With stages each has a ramp and a steady phase of its own. The master says which phase is on; latencies are counted by
it, so that figures are of a load that did not change.
"""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from locust.runners import Runner

Part = Literal["ramp", "steady", "tail"]


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of the run, and the index of its stage; 0 where the run has no stages."""

    part: Part = "ramp"
    stage: int = 0


def read_phase(data: dict[str, Any]) -> Phase:
    """A phase as the master sent it."""
    return Phase(data["part"], int(data["stage"]))


class PhaseKeeper:
    """The master's side: tells every load generator when a phase begins."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._run_id = ""
        self.phase = Phase()

    def begin(self, run_id: str) -> None:
        """Start a new run; load generators start in its ramp by themselves."""
        self._run_id, self.phase = run_id, Phase()

    def enter_stage(self, stage: int, *, reached: bool) -> None:
        """Enter a stage; `reached`: the previous stage has as many users, so no user is started or stopped."""
        self._enter(Phase("steady" if reached else "ramp", stage))

    def note_spawned(self) -> None:
        """All users of the present stage run. Spawning also completes after a lost worker was replaced."""
        if self.phase.part == "ramp":
            self._enter(Phase("steady", self.phase.stage))

    def note_stopping(self) -> None:
        """The end of the run was requested."""
        self._enter(Phase("tail", self.phase.stage))

    def describe(self) -> dict[str, Any]:
        """The present phase as a message holds it."""
        return asdict(self.phase)

    def _enter(self, phase: Phase) -> None:
        if phase != self.phase:
            self.phase = phase
            self._runner.send_message("stampede_phase", {"run_id": self._run_id, **self.describe()})
