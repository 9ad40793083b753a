"""Race condition: everybody wants the same course at the same moment (seed document 000, scenario 2)."""

from collections.abc import Sequence
from math import ceil
from random import random
from typing import Any, ClassVar

from locustfiles.scenarios.registration.student import StudentUser
from stampede.crowd import RaceUser
from stampede.crowd.barrier import Wave

# A student's list grows with every wave: at 1 %, a race of 30 s shows about 30,000 items; at 5 % the audits of a fast
# target ran out of memory.
READ_SHARE = 0.01


class RaceConditionUser(RaceUser, StudentUser):
    """Signs in first, then waits at the barrier and registers when all do, wave after wave.

    A small crowd cannot fill a large course with one student each: each user signs in as many as it takes, and the
    same course is raced again until somebody is told that it is full.
    """

    think_time_s: ClassVar[tuple[float, float]] = (0, 0)

    def on_start(self) -> None:
        """Sign in everyone that will be needed."""
        super().on_start()
        users = max(1, self.run_part.part.users)
        seats = max(int(course["max_capacity"]) + int(course["reserve_limit"]) for course in self.targets)
        needed = min(ceil(seats / users) + 1, max(1, self._students // users)) if seats >= users else 1
        self.team = [self.student, *(self.sign_in() for _ in range(needed - 1))]

    def look_around(self) -> list[dict[str, Any]]:
        """The courses of the open semester, read once per load generator."""
        courses: list[dict[str, Any]] = self.run_part.share("courses", super().look_around)
        return courses

    def read_targets(self) -> Sequence[Any]:
        """The courses of the open semester."""
        return self.courses

    def race(self, target: Any, wave: Wave) -> bool:
        """Register the next of the team; a team that is through counts as a full course."""
        if wave.repetition >= len(self.team):
            return True
        outcome = self.api.register(self.team[wave.repetition], str(target["id"]))
        return outcome.label in ("course_full", "already_registered")

    def read_after_race(self, _target: Any, wave: Wave) -> None:
        """After some waves, list the courses of the student that registered."""
        if random() < READ_SHARE:  # noqa: S311  # a draw, not a secret
            self.api.view_my_courses(self.team[wave.repetition % len(self.team)], self.semester_id)
