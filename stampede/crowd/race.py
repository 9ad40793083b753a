"""Races: users wait at the barrier, then all of them want the same target at the same moment."""

from collections.abc import Sequence
from typing import Any, ClassVar

from locust import task
from locust.env import Environment
from locust.exception import StopUser

from stampede.crowd.barrier import Wave
from stampede.crowd.user import StampedeUser


class RaceUser(StampedeUser):
    """Races for one target after the other, each again until a user found it full.

    A subclass says what the targets are and how to run for one.
    """

    abstract = True
    think_time_s: ClassVar[tuple[float, float]] = (0, 0)

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self.targets: Sequence[Any] = ()
        self.run_part.barrier.join()

    def on_start(self) -> None:
        """Learn the targets, which are read once per load generator.

        Raises:
            StopUser: there are none.
        """
        super().on_start()
        self.targets = self.run_part.share(type(self).__name__, self.read_targets)
        if not self.targets:
            raise StopUser

    def on_stop(self) -> None:
        """Leave the barrier: the others must not wait for a user that is gone."""
        self.run_part.barrier.leave()

    @task
    def run_wave(self) -> None:
        """Wait for the start, then run with all others."""
        wave = self.run_part.barrier.wait()
        target = self.targets[wave.target % len(self.targets)]
        if self.race(target, wave):
            self.run_part.barrier.report_full()
        self.read_after_race(target, wave)

    def read_targets(self) -> Sequence[Any]:
        """All targets, in the order in which they are raced for."""
        raise NotImplementedError

    def race(self, target: Any, wave: Wave) -> bool:
        """Run for a target; whether it is full."""
        raise NotImplementedError

    def read_after_race(self, target: Any, wave: Wave) -> None:
        """Read the target's state, so that stale answers are recorded; does nothing unless overridden."""
