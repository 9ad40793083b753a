"""Race condition: everybody wants the same course at the same moment (seed document 000, scenario 2)."""

from math import ceil
from typing import ClassVar

from locust import task
from locust.env import Environment

from locustfiles.scenarios.registration.student import StudentUser
from locustfiles.utils.barrier import BARRIER
from locustfiles.utils.crowd import ROSTER


class RaceConditionUser(StudentUser):
    """Signs in first, then waits at the barrier and registers when all do, wave after wave.

    A small crowd cannot fill a large course with one student each: it signs in as many as it takes,
    and the same course is raced again until somebody is told that it is full.
    """

    think_time_s: ClassVar[tuple[float, float]] = (0, 0)

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        BARRIER.join()

    def on_start(self) -> None:
        """Sign in everyone that will be needed."""
        super().on_start()
        assert ROSTER.crowd is not None
        users = max(1, ROSTER.crowd.users)
        seats = max(int(course["max_capacity"]) + int(course["reserve_limit"]) for course in self.courses)
        needed = min(ceil(seats / users) + 1, max(1, self._students // users)) if seats >= users else 1
        self.team = [self.student, *(self.sign_in() for _ in range(needed - 1))]

    def on_stop(self) -> None:
        """Nobody waits for a user that is gone."""
        BARRIER.leave()

    @task
    def race(self) -> None:
        """Wait for the start, then register with everybody else."""
        wave = BARRIER.wait()
        if wave.repetition >= len(self.team):
            BARRIER.report_full()
            return
        course_id = self.course_ids[wave.target % len(self.course_ids)]
        outcome = self.api.register(self.team[wave.repetition], course_id)
        if outcome.label in ("course_full", "already_registered"):
            BARRIER.report_full()
