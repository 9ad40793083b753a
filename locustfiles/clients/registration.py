"""The registration API as a student uses it (contracts/registration.md)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from locust.contrib.fasthttp import FastHttpSession

from locustfiles.utils.auth import mint_token
from locustfiles.utils.exchange import OK, Write, read, write
from locustfiles.utils.outcome import Outcome, classify

PASSWORD = "test123"  # noqa: S105  # the password of the seed document
WRITES = {
    "register": Write("register", "Register for Course", OK | {"course_full", "already_registered"}),
    "drop": Write("drop", "Drop Course"),
}


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
    """The first semester whose window contains now; the first of all where none is open."""
    now = datetime.now(UTC)
    for semester in semesters:
        start, end = (datetime.fromisoformat(semester[f"registration_{edge}"]) for edge in ("start", "end"))
        if start <= now <= end:
            return str(semester["id"])
    return str(semesters[0]["id"])


class RegistrationClient:
    """One method per endpoint; every request bears a name of its own in the statistics."""

    def __init__(self, http: FastHttpSession, auth: str) -> None:
        self._http = http
        self._auth = auth

    def sign_in(self, number: str) -> Student | None:
        """Sign a student in, or mint the token; None where the target refused."""
        identity = student_id(number)
        if self._auth == "mint":
            return Student(str(identity), _bearer(mint_token(identity, "registration")))
        credentials = {"student_number": number, "password": PASSWORD}
        with self._http.post("/auth/login", json=credentials, name="Login", catch_response=True) as response:
            outcome = classify(response.status_code, response.content, response.request_meta["exception"])
            if outcome.answer is None or "access_token" not in outcome.answer:
                response.failure(f"login: {outcome.label}")
                return None
            return Student(str(identity), _bearer(outcome.answer["access_token"]))

    def list_semesters(self) -> list[dict[str, Any]]:
        """All semesters; empty where there was no readable answer."""
        return self._read("/semesters/", "Get Semesters")

    def list_courses(self, semester_id: str) -> list[dict[str, Any]]:
        """The courses of a semester; empty where there was no readable answer."""
        return self._read(f"/semesters/{semester_id}/courses", "Get Courses")

    def browse_courses(self, semester_id: str) -> None:
        """Fetch the list again without reading it: parsing it a thousand times tells nothing new."""
        self._http.get(f"/semesters/{semester_id}/courses", name="Get Courses")

    def view_course(self, course_id: str) -> None:
        """Fetch one course."""
        self._http.get(f"/courses/{course_id}", name="View Course Details")

    def view_my_courses(self, student: Student, semester_id: str) -> None:
        """Fetch what the student holds."""
        self._http.get(f"/semesters/{semester_id}/my-courses", headers=student.headers, name="View My Registrations")

    def register(self, student: Student, course_id: str) -> Outcome:
        """Ask for a place; a full course and a double registration are outcomes, not failures."""
        return self._write("register", student, course_id)

    def drop(self, student: Student, course_id: str) -> Outcome:
        """Give a place up."""
        return self._write("drop", student, course_id)

    def _read(self, path: str, name: str) -> list[dict[str, Any]]:
        return read(self._http, path, name, lambda rows: isinstance(rows, list) and bool(rows)) or []

    def _write(self, action: str, student: Student, course_id: str) -> Outcome:
        path = f"/courses/{course_id}/{action}"
        return write(self._http, WRITES[action], path, course_id, actor=student.id, headers=student.headers)


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
