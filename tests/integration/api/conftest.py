from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import jwt
import pytest
import redis
import requests
import sqlalchemy as sa

from tests.conftest import Lab

REQUEST_TIMEOUT_S = 30.0
RIGHT = ("row_lock", "atomic", "advisory_lock", "serializable", "optimistic", "batched")
# How a decision leaves the target: in Python one by one, in Python many at once, in one statement of SQL.
WAYS_TO_DECIDE = ("row_lock", "batched", "atomic")


class Targets:
    """A target per strategy, started when it is first asked for and shared by all tests."""

    # Postgres has 60 for all targets together.
    CONNECTIONS = "4"

    def __init__(self, lab: Lab, stack: ExitStack) -> None:
        self._lab = lab
        self._stack = stack
        self._urls = {"row_lock": lab.api_url}

    def url(self, locking: str) -> str:
        if locking not in self._urls:
            target = self._lab.target(LOCKING=locking, DATABASE_CONNECTIONS=self.CONNECTIONS)
            self._urls[locking] = self._stack.enter_context(target)
        return self._urls[locking]


@pytest.fixture(scope="session")
def targets(lab: Lab) -> Iterator[Targets]:
    with ExitStack() as stack:
        yield Targets(lab, stack)


def at_once(*asks: Callable[[], requests.Response]) -> list[requests.Response]:
    """What requests that start together are answered, in their order."""
    barrier = Barrier(len(asks))

    def ask(one: Callable[[], requests.Response]) -> requests.Response:
        barrier.wait()
        return one()

    with ThreadPoolExecutor(len(asks)) as threads:
        return list(threads.map(ask, asks))


def is_replay(answer: requests.Response) -> bool:
    return answer.headers.get("Idempotency-Replayed") == "true"


@dataclass(frozen=True)
class Student:
    """A student of the tests, signed in at one target."""

    id: UUID
    token: str
    url: str

    def ask(self, method: str, path: str, key: str | None = None, body: bytes | None = None) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}"} | ({"Idempotency-Key": key} if key else {})
        return requests.request(method, self.url + path, headers=headers, data=body, timeout=REQUEST_TIMEOUT_S)

    def register(self, course: UUID, key: str | None = None, body: bytes | None = None) -> requests.Response:
        return self.ask("POST", f"/courses/{course}/register", key, body)

    def elsewhere(self, api_url: str) -> "Student":
        """The same student at another target."""
        return Student(self.id, self.token, f"{api_url}/registration")

    def drop(self, course: UUID, key: str | None = None, body: bytes | None = None) -> requests.Response:
        return self.ask("POST", f"/courses/{course}/drop", key, body)


class Campus:
    """Makes rows for one test, and reads what became of them."""

    def __init__(self, lab: Lab, api_url: str) -> None:
        self.url = f"{api_url}/registration"
        self.lab = lab
        self._engine = lab.engine
        self._secret = lab.settings.jwt_secret

    def get(self, path: str) -> requests.Response:
        """A read without a token."""
        return requests.get(self.url + path, timeout=REQUEST_TIMEOUT_S)

    def token(self, secret: str | None = None, **claims: object) -> str:
        now = datetime.now(UTC)
        usual = {"iss": "stampede", "aud": "registration", "iat": now, "exp": now + timedelta(hours=1)}
        present = {name: value for name, value in (usual | claims).items() if value is not None}
        return jwt.encode(present, secret or self._secret, "HS256")

    def student(self) -> Student:
        identity = uuid4()
        row = {"id": identity, "number": f"T{identity.hex}", "name": "A Student", "hash": "none"}
        self._insert("students (id, student_number, full_name, password_hash) values (:id, :number, :name, :hash)", row)
        return Student(identity, self.token(sub=str(identity)), self.url)

    def students(self, count: int) -> list[Student]:
        return [self.student() for _ in range(count)]

    def semester(self, opens: timedelta = timedelta(days=-1), closes: timedelta = timedelta(days=1)) -> UUID:
        identity, now = uuid4(), datetime.now(UTC)
        row = {"id": identity, "name": "A Semester", "start": now + opens, "end": now + closes}
        columns = "id, name, registration_start, registration_end"
        self._insert(f"semesters ({columns}) values (:id, :name, :start, :end)", row)
        return identity

    def course(self, capacity: int = 1, reserve: int = 1, semester: UUID | None = None, name: str = "A Course") -> UUID:
        identity, place = uuid4(), semester or self.semester()
        row = {"id": identity, "semester": place, "name": name, "seats": capacity, "queue": reserve}
        self._insert(
            "courses (id, semester_id, course_name, professor, schedule, max_capacity, reserve_limit)"
            " values (:id, :semester, :name, 'Prof. Who', 'Mon 08:00', :seats, :queue)",
            row,
        )
        return identity

    def places(self, course: UUID) -> dict[UUID, tuple[str, int | None]]:
        """Who holds what."""
        rows = self._rows("select student_id, status, reserve_position from registration.course_registrations", course)
        return {row.student_id: (row.status, row.reserve_position) for row in rows}

    def events(self, course: UUID) -> list[Any]:
        """What happened, in version order, refusals last."""
        return self._rows("select * from registration.events", course, "order by version")

    def counters(self, course: UUID) -> tuple[int, int, int]:
        """Enrolled, reserved, version."""
        query = "select enrolled_count, reserved_count, version from registration.courses where id = :id"
        with self._engine.connect() as connection:
            enrolled, reserved, version = connection.execute(sa.text(query), {"id": course}).one()
        return enrolled, reserved, version

    def forget(self, key: str) -> None:
        """Make Redis lose a key."""
        with redis.Redis.from_url(self.lab.settings.redis_url) as client:
            assert client.delete(key) == 1

    def _insert(self, what: str, row: dict[str, object]) -> None:
        with self._engine.begin() as connection:
            connection.execute(sa.text(f"insert into registration.{what}"), row)

    def _rows(self, query: str, course: UUID, order: str = "") -> list[Any]:
        with self._engine.connect() as connection:
            return list(connection.execute(sa.text(f"{query} where course_id = :course {order}"), {"course": course}))


@pytest.fixture
def campus(lab: Lab) -> Campus:
    """Students and courses of this test's own, at the session's target."""
    return Campus(lab, lab.api_url)
