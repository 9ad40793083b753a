"""Drop and auto-promotion: the queue moves up as students leave (seed document 000, scenario 4)."""

from random import choice
from typing import ClassVar

from locust import task

from locustfiles.scenarios.registration.student import StudentUser

FIRST_COURSES = 3


class DropAutoPromotionUser(StudentUser):
    """Registers for a few courses at once, then keeps dropping and registering."""

    think_time_s: ClassVar[tuple[float, float]] = (1, 3)

    def on_start(self) -> None:
        """Hold something from the start."""
        super().on_start()
        for _ in range(FIRST_COURSES):
            self.register_anywhere()

    @task(5)
    def register_for_course(self) -> None:
        """Register for a course not yet held."""
        self.register_anywhere()

    @task(3)
    def drop_course(self) -> None:
        """Drop a held course: an enrolled drop promotes, a reserved one shifts."""
        self.drop_any()

    @task(2)
    def view_my_courses(self) -> None:
        """Look at what one holds."""
        self.api.view_my_courses(self.student, self.semester_id)

    @task(1)
    def view_course(self) -> None:
        """Look at one course."""
        self.api.view_course(choice(self.course_ids))  # noqa: S311  # a draw, not a secret
