"""Peak registration: normal high load with realistic behaviour (seed document 000, scenario 1)."""

from random import choice
from typing import ClassVar

from locust import tag, task

from locustfiles.scenarios.registration.student import StudentUser


class PeakRegistrationUser(StudentUser):
    """Mostly browses, sometimes registers, seldom drops; the weights are those of the original suite."""

    think_time_s: ClassVar[tuple[float, float]] = (2, 5)

    @tag("read")
    @task(1)
    def view_semesters(self) -> None:
        """Look at the semesters."""
        self.api.list_semesters()

    @tag("read")
    @task(8)
    def browse_courses(self) -> None:
        """Browse the courses: the most common action."""
        self.api.browse_courses(self.semester_id)

    @tag("read")
    @task(3)
    def view_course(self) -> None:
        """Look at one course."""
        self.api.view_course(choice(self.course_ids))  # noqa: S311  # a draw, not a secret

    @tag("read")
    @task(3)
    def view_my_courses(self) -> None:
        """Look at what one holds."""
        self.api.view_my_courses(self.student, self.semester_id)

    @tag("write")
    @task(2)
    def register_for_course(self) -> None:
        """Register for a course not yet held."""
        self.register_anywhere()

    @tag("write")
    @task(1)
    def drop_course(self) -> None:
        """Drop a held course."""
        self.drop_any()
