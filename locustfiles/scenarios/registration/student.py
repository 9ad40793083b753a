"""What every student does: sign in, find the open semester, know its courses."""

from random import choice
from typing import Any, ClassVar

from locust.env import Environment
from locust.exception import StopUser

from locustfiles.clients.registration import RegistrationClient, Student, open_semester, student_number
from locustfiles.target import SystemUser
from stampede.crowd import Outcome


class StudentUser(SystemUser):
    """A signed-in student with its own number; the subclasses say what it is after."""

    abstract = True
    system: ClassVar[str] = "registration"

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        options = environment.parsed_options
        self.api = RegistrationClient(self, getattr(options, "auth", "login"))
        self._students: int = getattr(options, "students", 1000)
        self.held: set[str] = set()

    def on_start(self) -> None:
        """Sign in once, then look around, as the original suite does."""
        super().on_start()
        self.student = self.sign_in()
        self.courses = self.look_around()
        self.semester_id = str(self.courses[0]["semester_id"])
        self.course_ids = [str(course["id"]) for course in self.courses]

    def look_around(self) -> list[dict[str, Any]]:
        """The courses of the open semester.

        Raises:
            StopUser: there are none, or no answer says so.
        """
        semester_id = open_semester(self._insist(self.api.list_semesters()))
        return self._insist(self.api.list_courses(semester_id))

    def sign_in(self) -> Student:
        """Sign in the next student that is ours alone.

        Raises:
            StopUser: the target refused; the failed request says why.
        """
        student = self.api.sign_in(student_number(self.run_part.roster.take("student", self._students)))
        if student is None:
            raise StopUser
        return student

    @staticmethod
    def _insist(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if not rows:
            raise StopUser
        return rows

    def register(self, course_id: str) -> Outcome:
        """Register, and remember what is held."""
        outcome = self.api.register(self.student, course_id)
        if outcome.kind == "ok":
            self.held.add(course_id)
        return outcome

    def register_anywhere(self) -> None:
        """Register for a random course not yet held; drop one where all are."""
        left = [course_id for course_id in self.course_ids if course_id not in self.held]
        if left:
            self.register(choice(left))  # noqa: S311  # a draw, not a secret
        else:
            self.drop_any()

    def drop_any(self) -> None:
        """Drop a random held course; what became of an unanswered drop is not known, so it is not held."""
        if self.held:
            course_id = choice(sorted(self.held))  # noqa: S311  # a draw, not a secret
            self.held.discard(course_id)
            self.api.drop(self.student, course_id)
