"""The registration API as a student uses it (contracts/registration.md)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from locustfiles.clients.tokens import mint_token
from stampede.crowd import OK, Claim, Kind, Outcome, Seen, StampedeUser, fields

PASSWORD = "test123"  # noqa: S105  # the password of the seed document
REGISTER = Kind(
    "register",
    "Register for Course",
    OK | {"course_full", "already_registered"},
    facts=fields("course_id", "status", "reserve_position"),
)
DROP = Kind(
    "drop",
    "Drop Course",
    facts=fields("course_id", "dropped_status", "promoted_student_id", "promoted_from_position"),
)
LIST_SEMESTERS = Kind("list_semesters", "Get Semesters")
LIST_COURSES = Kind("list_courses", "Get Courses")
VIEW_COURSE = Kind("view_course", "View Course Details")
MY_COURSES = Kind("my_courses", "View My Registrations")

take_semester = fields("id", "name", "registration_start", "registration_end", "created_at", "updated_at")
take_course = fields(
    "id",
    "semester_id",
    "course_name",
    "professor",
    "schedule",
    "max_capacity",
    "reserve_limit",
    "created_at",
    "updated_at",
)
take_my_course = fields("course_id", "course_name", "professor", "schedule", "status", "reserve_position")
See = Callable[[Any], Seen]


def see_semesters(rows: Any) -> Seen:
    """All semesters."""
    return Seen([(f"semester {row['id']}", take_semester(row)) for row in rows], Claim("semester"))


@cache
def see_courses(semester_id: str) -> See:
    """All courses of a semester."""
    claim = Claim("course", {"semester_id": semester_id})
    return lambda rows: Seen([(f"course {row['id']}", take_course(row)) for row in rows], claim)


@cache
def see_course(course_id: str) -> See:
    """One course."""
    return lambda row: Seen([(f"course {course_id}", take_course(row))])


@cache
def see_my_courses(semester_id: str) -> See:
    """All courses of a semester that the student holds."""
    claim = Claim("course", {"semester_id": semester_id}, mine=True)
    return lambda rows: Seen([(f"course {row['course_id']}", take_my_course(row)) for row in rows], claim)


@dataclass(frozen=True, slots=True)
class Student:
    """A signed-in student."""

    id: str
    headers: dict[str, str]


def student_number(index: int) -> str:
    """The index-th student of the world."""
    return f"TEST{100000 + index}"


def student_id(number: str) -> UUID:
    """The id of a student, as the seeder derives it."""
    return uuid5(NAMESPACE_URL, f"stampede/registration/student/{number}")


def open_semester(semesters: list[dict[str, Any]]) -> str:
    """The first semester whose window contains now; the first of all if none is open."""
    now = datetime.now(UTC)
    for semester in semesters:
        start, end = (datetime.fromisoformat(semester[f"registration_{edge}"]) for edge in ("start", "end"))
        if start <= now <= end:
            return str(semester["id"])
    return str(semesters[0]["id"])


class RegistrationClient:
    """One method per endpoint; every request has a name of its own in the statistics."""

    def __init__(self, user: StampedeUser, auth: str) -> None:
        self._user = user
        self._auth = auth

    def sign_in(self, number: str) -> Student | None:
        """Sign a student in, or mint the token; None if the target refused."""
        identity = student_id(number)
        if self._auth == "mint":
            return Student(str(identity), _bearer(mint_token(identity, "registration")))
        credentials = {"student_number": number, "password": PASSWORD}
        outcome = self._user.visit("POST", "/auth/login", "Login", json=credentials, needed=True)
        if outcome.kind != "ok" or not isinstance(outcome.body, dict) or "access_token" not in outcome.body:
            return None
        return Student(str(identity), _bearer(str(outcome.body["access_token"])))

    def list_semesters(self) -> list[dict[str, Any]]:
        """All semesters; empty if there was no readable answer."""
        return _rows(self._user.read(LIST_SEMESTERS, "/semesters/", [], see_semesters, needed=True))

    def list_courses(self, semester_id: str) -> list[dict[str, Any]]:
        """The courses of a semester; empty if there was no readable answer."""
        return _rows(self._list_courses(semester_id, needed=True))

    def browse_courses(self, semester_id: str) -> None:
        """Fetch the list without using it."""
        self._list_courses(semester_id, needed=False)

    def view_course(self, course_id: str) -> None:
        """Fetch one course."""
        self._user.read(VIEW_COURSE, f"/courses/{course_id}", [f"course {course_id}"], see_course(course_id))

    def view_my_courses(self, student: Student, semester_id: str) -> None:
        """Fetch what the student holds."""
        self._user.read(
            MY_COURSES,
            f"/semesters/{semester_id}/my-courses",
            [f"semester {semester_id}"],
            see_my_courses(semester_id),
            actor=student.id,
            headers=student.headers,
        )

    def register(self, student: Student, course_id: str) -> Outcome:
        """Ask for a place; a full course and a double registration are outcomes, not failures."""
        return self._write(REGISTER, student, course_id)

    def drop(self, student: Student, course_id: str) -> Outcome:
        """Give a place up."""
        return self._write(DROP, student, course_id)

    def _list_courses(self, semester_id: str, *, needed: bool) -> Outcome:
        path, entity = f"/semesters/{semester_id}/courses", f"semester {semester_id}"
        return self._user.read(LIST_COURSES, path, [entity], see_courses(semester_id), needed=needed)

    def _write(self, kind: Kind, student: Student, course_id: str) -> Outcome:
        path, entity = f"/courses/{course_id}/{kind.action}", f"course {course_id}"
        return self._user.write(kind, path, [entity], actor=student.id, headers=student.headers)


def _rows(outcome: Outcome) -> list[dict[str, Any]]:
    return outcome.body if outcome.kind == "ok" and isinstance(outcome.body, list) else []


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
