"""Hot course: everybody registers for one large course as fast as answers come, then for the next."""

from math import ceil
from typing import ClassVar

from locust import task
from locust.env import Environment

from locustfiles.scenarios.registration.student import StudentUser

# A fast user takes more than its share of a course's places.
SPARE = 2


class HotCourseUser(StudentUser):
    """Registers one student of its team after the other for the same course as everybody else.

    Whoever is told that the course is full goes on to the next one, so all are at one course nearly
    all the time, and a run needs no more students than fill two courses.
    """

    think_time_s: ClassVar[tuple[float, float]] = (0, 0)

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self._course = 0
        self._turn = 0

    def on_start(self) -> None:
        """Sign in everyone that will be needed."""
        super().on_start()
        seats = max(int(course["max_capacity"]) + int(course["reserve_limit"]) for course in self.courses)
        needed = ceil(SPARE * seats / max(1, self.run_part.part.users))
        self.team = [self.student, *(self.sign_in() for _ in range(needed - 1))]
        largest = max(self.courses, key=lambda course: int(course["max_capacity"]))["max_capacity"]
        self.course_ids = [str(course["id"]) for course in self.courses if course["max_capacity"] == largest]

    @task
    def register_next(self) -> None:
        """Register the next of the team; a full course, or a whole team registered, turns to the next course."""
        outcome = self.api.register(self.team[self._turn], self.course_ids[self._course % len(self.course_ids)])
        self._turn += 1
        if outcome.kind != "ok" or self._turn == len(self.team):
            self._course += 1
            self._turn = 0
