import os
import re
import signal
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from threading import Thread

import pytest
import redis
import requests
import sqlalchemy as sa

from tests.conftest import Database, Lab, free_port, running_lab, wait_until
from tests.integration.api.conftest import REQUEST_TIMEOUT_S, Campus

CHUNK = 1 << 16
HOLD_COURSE = "select from registration.courses where id = :id for update"
HOLD_COURSES = "lock table registration.courses"
COMMIT, LOCK = rb"\bcommit\b", rb"\bfor no key update\b"
DECIDE = rb"\bregistration\.decide\b"


@pytest.fixture(scope="module")
def fragile() -> Iterator[Lab]:
    """A stack of this module's own, whose servers may be stopped."""
    with running_lab() as lab:
        yield lab


@contextmanager
def stopped(lab: Lab, name: str) -> Iterator[None]:
    lab.stop(name)
    try:
        yield
    finally:
        lab.start(name)


def assert_unavailable(answer: requests.Response, code: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (503, code)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert int(answer.headers["Retry-After"]) > 0


def test_stopped_postgres_is_told_and_nothing_is_written(fragile: Lab) -> None:
    campus = Campus(fragile, fragile.api_url)
    course = campus.course(capacity=5)
    holder, other = campus.students(2)
    assert holder.register(course).status_code == 200
    with stopped(fragile, "postgres"):
        for answer in (
            campus.get("/semesters/"),
            campus.get(f"/courses/{course}"),
            requests.post(
                f"{campus.url}/auth/login",
                json={"student_number": "STU10000", "password": "test123"},
                timeout=REQUEST_TIMEOUT_S,
            ),
            other.register(course, "register"),
            holder.drop(course, "drop"),
            other.register(course),
        ):
            assert_unavailable(answer, "database_unavailable")
    assert campus.places(course) == {holder.id: ("ENROLLED", None)}
    assert campus.counters(course) == (1, 0, 1)
    assert len(campus.events(course)) == 1


def test_target_recovers_and_the_key_is_unused_after_postgres_is_back(fragile: Lab) -> None:
    campus = Campus(fragile, fragile.api_url)
    course, student = campus.course(), campus.student()
    with stopped(fragile, "postgres"):
        assert_unavailable(student.register(course, "k"), "database_unavailable")
    answer = student.register(course, "k")
    assert (answer.status_code, "Idempotency-Replayed" in answer.headers) == (200, False)


def test_readyz_and_health_name_the_server_that_is_down(fragile: Lab) -> None:
    for server, part in (("postgres", "database"), ("redis", "redis")):
        with stopped(fragile, server):
            answer = requests.get(f"{fragile.api_url}/readyz", timeout=REQUEST_TIMEOUT_S)
            inventory = requests.get(f"{fragile.api_url}/inventory/health", timeout=REQUEST_TIMEOUT_S)
            health = requests.get(f"{fragile.api_url}/healthz", timeout=REQUEST_TIMEOUT_S)
        assert answer.status_code == 503
        assert "Retry-After" in answer.headers
        told = {name: answer.json()[name] for name in ("database", "redis")}
        assert told == {"database": "up", "redis": "up", part: f"{part.replace('redis', 'cache')}_unavailable"}
        assert health.status_code == 200
        assert (inventory.status_code, inventory.json()["status"]) == (503, "unhealthy")
        connected = {name: inventory.json()[name]["connected"] for name in ("database", "redis")}
        assert connected == {"database": True, "redis": True, part: False}


def test_stopped_redis_closes_the_course_list_and_nothing_else(fragile: Lab) -> None:
    campus = Campus(fragile, fragile.api_url)
    semester = campus.semester()
    course, student = campus.course(semester=semester), campus.student()
    with stopped(fragile, "redis"):
        assert_unavailable(campus.get(f"/semesters/{semester}/courses"), "cache_unavailable")
        assert campus.get("/semesters/").status_code == 200
        assert student.register(course).status_code == 200
        assert student.drop(course).status_code == 200
    wait_until(lambda: campus.get(f"/semesters/{semester}/courses").status_code == 200)


def test_connection_that_redis_closed_is_replaced_unseen(lab: Lab) -> None:
    with redis.Redis.from_url(lab.settings.redis_url) as client:
        others = {connection["id"] for connection in client.client_list()}
        with lab.target(API_WORKERS="1") as url:
            campus = Campus(lab, url)
            path = f"/semesters/{campus.semester()}/courses"
            assert campus.get(path).status_code == 200
            used = [one["id"] for one in client.client_list() if one["id"] not in others]
            assert [client.client_kill_filter(_id=connection) for connection in used] == [1]
            assert campus.get(path).status_code == 200


def test_write_that_waits_too_long_for_the_lock_is_refused_and_not_written(lab: Lab) -> None:
    with lab.target(REQUEST_TIMEOUT_S="1", API_WORKERS="1") as url:
        campus = Campus(lab, url)
        course, student = campus.course(), campus.student()
        with lab.engine.begin() as holder:
            holder.execute(sa.text(HOLD_COURSE), {"id": course})
            assert_unavailable(student.register(course, "k"), "database_busy")
        assert campus.places(course) == {}
        assert campus.events(course) == []
        assert student.register(course, "k").status_code == 200


def test_target_whose_connections_are_all_taken_says_so(lab: Lab) -> None:
    with lab.target(REQUEST_TIMEOUT_S="1", API_WORKERS="1", DATABASE_CONNECTIONS="1") as url:
        campus = Campus(lab, url)
        # Each at a course of its own: at one course they would wait in memory, not for a connection.
        courses, students = [campus.course() for _ in range(4)], campus.students(4)
        with lab.engine.begin() as holder, ThreadPoolExecutor(4) as threads:
            for course in courses:
                holder.execute(sa.text(HOLD_COURSE), {"id": course})
            first = threads.submit(students[0].register, courses[0])
            wait_until(lambda: waiting_backends(lab) != [])
            # One of these inherits the connection and waits for its lock in turn, the others get none.
            others = zip(students[1:], courses[1:], strict=True)
            rest = [threads.submit(student.register, course) for student, course in others]
            answers = [one.result() for one in (first, *rest)]
        for answer in answers:
            assert_unavailable(answer, answer.json()["code"])
        assert "database_busy" in {answer.json()["code"] for answer in answers}
        assert all(campus.places(course) == {} for course in courses)


def test_those_who_wait_for_their_turn_at_a_row_leave_connections_to_others(lab: Lab) -> None:
    with lab.target(REQUEST_TIMEOUT_S="2", API_WORKERS="1", DATABASE_CONNECTIONS="2") as url:
        campus = Campus(lab, url)
        course, students = campus.course(), campus.students(12)
        with lab.engine.begin() as holder, ThreadPoolExecutor(12) as threads:
            holder.execute(sa.text(HOLD_COURSE), {"id": course})
            asked = [threads.submit(student.register, course) for student in students]
            wait_until(lambda: waiting_backends(lab) != [])
            assert campus.get(f"/courses/{course}").status_code == 200
            assert len(waiting_backends(lab)) == 1
            assert {one.result().json()["code"] for one in asked} == {"database_busy"}
        assert campus.places(course) == {}


WAITING = "select pid from pg_stat_activity where application_name = 'stampede-api' and wait_event_type = 'Lock'"


def waiting_backends(lab: Lab) -> list[int]:
    with lab.engine.connect() as connection:
        return list(connection.scalars(sa.text(WAITING)))


def test_target_recovers_after_postgres_froze_in_mid_transaction(lab: Lab) -> None:
    with lab.target(REQUEST_TIMEOUT_S="1", API_WORKERS="1", DATABASE_CONNECTIONS="1") as url:
        campus = Campus(lab, url)
        course, student = campus.course(), campus.student()
        with lab.engine.begin() as holder, ThreadPoolExecutor(1) as thread:
            holder.execute(sa.text(HOLD_COURSE), {"id": course})
            answer = thread.submit(student.register, course, "k")
            wait_until(lambda: waiting_backends(lab) != [])
            (backend,) = waiting_backends(lab)
            os.kill(backend, signal.SIGSTOP)
            try:
                assert_unavailable(answer.result(), "database_busy")
            finally:
                os.kill(backend, signal.SIGCONT)
        wait_until(lambda: student.register(course, "k").status_code == 200)
        assert campus.counters(course) == (1, 0, 1)


def test_nobody_inherits_the_statement_that_another_gave_up(lab: Lab) -> None:
    with lab.target(LOCKING="atomic", REQUEST_TIMEOUT_S="1", API_WORKERS="1", DATABASE_CONNECTIONS="1") as url:
        campus = Campus(lab, url)
        course, other = campus.course(), campus.course()
        student, next_one = campus.students(2)
        with frozen(lab, sa.text(HOLD_COURSE).bindparams(id=course), lambda: student.register(course, "k")) as answer:
            assert (answer.status_code, answer.json()["code"]) == (503, "outcome_unknown")
            assert next_one.register(other).status_code == 200


def test_nobody_inherits_the_read_that_another_gave_up(lab: Lab) -> None:
    with lab.target(REQUEST_TIMEOUT_S="1", API_WORKERS="1", DATABASE_CONNECTIONS="1") as url:
        campus = Campus(lab, url)
        course = campus.course()
        with frozen(lab, sa.text(HOLD_COURSES), lambda: campus.get(f"/courses/{course}")) as answer:
            assert_unavailable(answer, "database_busy")
            assert campus.get("/semesters/").status_code == 200


@contextmanager
def frozen(lab: Lab, hold: sa.TextClause, ask: Callable[[], requests.Response]) -> Iterator[requests.Response]:
    """What is answered while the backend that serves it is stopped, so that it does not hear that it is given up."""
    with lab.engine.begin() as holder, ThreadPoolExecutor(1) as thread:
        holder.execute(hold)
        answer = thread.submit(ask)
        wait_until(lambda: waiting_backends(lab) != [])
        (backend,) = waiting_backends(lab)
        os.kill(backend, signal.SIGSTOP)
        try:
            yield answer.result()
        finally:
            os.kill(backend, signal.SIGCONT)


def test_unexpected_fault_is_a_problem_that_promises_nothing(lab: Lab, empty_database: Database) -> None:
    with lab.target(DATABASE_URL=empty_database.url) as url:
        answer = Campus(lab, url).get("/semesters/")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "Retry-After" not in answer.headers


class Proxy:
    """Stands between target and Postgres; once armed, it breaks the connection that sends a statement."""

    def __init__(self, port: int) -> None:
        self._upstream = port
        self._listener = socket.create_server(("127.0.0.1", free_port()))
        self._statement: re.Pattern[bytes] | None = None
        self._delivers = self._muted = False
        Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def arm(self, statement: bytes, *, delivers: bool) -> None:
        """Whether Postgres still receives the statement, and answers it, before the connection breaks."""
        self._statement, self._delivers = re.compile(statement, re.IGNORECASE), delivers

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._upstream))
                for carry in (self._upwards, self._downwards):
                    Thread(target=carry, args=(client, server), daemon=True).start()

    def _upwards(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := client.recv(CHUNK):
                if self._statement is not None and self._statement.search(data):
                    self._statement = None
                    if not self._delivers:
                        break
                    self._muted = True
                server.sendall(data)
        hang_up(client, server)

    def _downwards(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while (data := server.recv(CHUNK)) and not self._muted:
                client.sendall(data)
        self._muted = False
        hang_up(client, server)


def hang_up(*connections: socket.socket) -> None:
    for connection in connections:
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def proxy(lab: Lab) -> Iterator[Proxy]:
    proxy = Proxy(lab.settings.postgres.postgres_port)
    yield proxy
    proxy.close()


@pytest.fixture
def proxied(lab: Lab, proxy: Proxy, request: pytest.FixtureRequest) -> Iterator[Campus]:
    """A target that reaches Postgres through the proxy, over as few connections as it can."""
    address = lab.settings.url_of("api").replace(f":{lab.settings.postgres.postgres_port}/", f":{proxy.port}/")
    locking = getattr(request, "param", "row_lock")
    with lab.target(DATABASE_URL=address, API_WORKERS="1", DATABASE_CONNECTIONS="1", LOCKING=locking) as url:
        yield Campus(lab, url)


@pytest.mark.parametrize("delivers", [False, True], ids=["commit lost", "answer lost"])
@pytest.mark.parametrize(("proxied", "last"), [("row_lock", COMMIT), ("atomic", DECIDE)], indirect=["proxied"])
def test_connection_broken_during_commit_leaves_the_outcome_unknown(
    proxied: Campus, proxy: Proxy, last: bytes, delivers: bool
) -> None:
    course, student = proxied.course(), proxied.student()
    proxy.arm(last, delivers=delivers)
    answer = student.register(course, "k")
    assert (answer.status_code, answer.json()["code"]) == (503, "outcome_unknown")
    assert "Retry-After" not in answer.headers
    assert proxied.places(course) == ({student.id: ("ENROLLED", None)} if delivers else {})
    again = student.register(course, "k")
    assert (again.status_code, "Idempotency-Replayed" in again.headers) == (200, delivers)
    assert proxied.places(course) == {student.id: ("ENROLLED", None)}
    assert proxied.counters(course) == (1, 0, 1)


@pytest.mark.parametrize("delivers", [False, True], ids=["statement lost", "answer lost"])
def test_connection_broken_before_commit_wrote_nothing(proxied: Campus, proxy: Proxy, delivers: bool) -> None:
    course, student = proxied.course(), proxied.student()
    proxy.arm(LOCK, delivers=delivers)
    assert_unavailable(student.register(course, "k"), "database_unavailable")
    assert proxied.places(course) == {}
    again = student.register(course, "k")
    assert (again.status_code, "Idempotency-Replayed" in again.headers) == (200, False)
    assert proxied.counters(course) == (1, 0, 1)
