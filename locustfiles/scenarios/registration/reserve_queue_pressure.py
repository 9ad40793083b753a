"""Reserve queue pressure: courses at capacity, everybody queues (seed document 000, scenario 3)."""

from typing import ClassVar

from locust import task

from locustfiles.scenarios.registration.student import StudentUser


class ReserveQueuePressureUser(StudentUser):
    """Registers for one course after the other, each until it is full behind its queue too."""

    think_time_s: ClassVar[tuple[float, float]] = (1, 2)

    def on_start(self) -> None:
        """Begin at the first course of the list, like everybody else."""
        super().on_start()
        self._limits = {str(course["id"]): int(course["reserve_limit"]) for course in self.courses}
        self._target = 0

    @property
    def _course_id(self) -> str:
        return self.course_ids[self._target % len(self.course_ids)]

    @task(8)
    def register_for_target(self) -> None:
        """Take a place or be refused, then go on to the next course."""
        course_id = self._course_id
        outcome = self.register(course_id)
        position = outcome.body.get("reserve_position") if outcome.kind == "ok" else None
        if position is not None and not 1 <= position <= self._limits[course_id]:
            self.environment.events.request.fire(
                request_type="CHECK",
                name="Reserve position within limit",
                response_time=0,
                response_length=0,
                exception=ValueError(f"told position {position} of {self._limits[course_id]}"),
                context={},
                start_time=0,
            )
        self._target += 1

    @task(2)
    def view_target(self) -> None:
        """Look at the course that is being filled."""
        self.api.view_course(self._course_id)

    @task(1)
    def view_my_courses(self) -> None:
        """Look at what one holds."""
        self.api.view_my_courses(self.student, self.semester_id)
