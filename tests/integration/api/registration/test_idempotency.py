from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
import requests

from tests.conftest import Lab
from tests.integration.api.conftest import (
    REQUEST_TIMEOUT_S,
    WAYS_TO_DECIDE,
    Campus,
    Student,
    Targets,
    at_once,
    is_replay,
)

TRIALS = 5


@pytest.fixture(params=WAYS_TO_DECIDE)
def campus(request: pytest.FixtureRequest, lab: Lab, targets: Targets) -> Campus:
    """Students and courses of this test's own, at a target for each way to decide."""
    return Campus(lab, targets(request.param))


def assert_same_answer(first: requests.Response, again: requests.Response) -> None:
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["Content-Type"] == first.headers["Content-Type"]
    assert not is_replay(first)
    assert is_replay(again)


def test_same_key_gets_the_same_seat(campus: Campus) -> None:
    course, student = campus.course(), campus.student()
    assert_same_answer(student.register(course, "k"), student.register(course, "k"))
    assert campus.counters(course) == (1, 0, 1)
    assert [event.op_id for event in campus.events(course)] == ["k"]


def test_same_key_gets_the_same_position_after_the_queue_moved(campus: Campus) -> None:
    course = campus.course(capacity=1, reserve=1)
    holder, waiting = campus.students(2)
    holder.register(course)
    first = waiting.register(course, "k")
    holder.drop(course)
    assert first.json()["reserve_position"] == 1
    assert_same_answer(first, waiting.register(course, "k"))
    assert campus.places(course) == {waiting.id: ("ENROLLED", None)}


def test_same_key_gets_the_same_drop(campus: Campus) -> None:
    course = campus.course(capacity=1, reserve=2)
    students = campus.students(3)
    for student in students:
        student.register(course)
    assert_same_answer(students[0].drop(course, "k"), students[0].drop(course, "k"))
    assert campus.places(course) == {students[1].id: ("ENROLLED", None), students[2].id: ("RESERVED", 1)}
    assert campus.counters(course) == (1, 1, 4)


def test_refusal_stays_refused_although_a_seat_became_free(campus: Campus) -> None:
    course = campus.course(capacity=1, reserve=0)
    holder, late = campus.students(2)
    holder.register(course)
    first = late.register(course, "k")
    holder.drop(course)
    assert first.json()["code"] == "course_full"
    assert_same_answer(first, late.register(course, "k"))
    assert campus.places(course) == {}
    assert late.register(course, "another key").status_code == 200


def test_every_refusal_is_remembered(campus: Campus) -> None:
    course, student = campus.course(), campus.student()
    not_held = student.drop(course, "drop")
    student.register(course)
    twice = student.register(course, "again")
    student.drop(course)
    assert (not_held.json()["code"], twice.json()["code"]) == ("not_registered", "already_registered")
    assert_same_answer(not_held, student.drop(course, "drop"))
    assert_same_answer(twice, student.register(course, "again"))


def test_refusals_change_no_version(campus: Campus) -> None:
    course, student = campus.course(), campus.student()
    student.drop(course, "k")
    (event,) = campus.events(course)
    assert (event.version, event.refusal, event.action) == (None, "not_registered", "drop")
    assert campus.counters(course) == (0, 0, 0)


@pytest.mark.parametrize("change", ["course", "body", "action"])
def test_key_used_for_something_else_is_rejected(campus: Campus, change: str) -> None:
    course, other = campus.course(), campus.course()
    student = campus.student()
    student.register(course, "k", b"{}")
    again = {
        "course": lambda: student.register(other, "k", b"{}"),
        "body": lambda: student.register(course, "k", b'{"a": 1}'),
        "action": lambda: student.drop(course, "k", b"{}"),
    }[change]()
    assert (again.status_code, again.json()["code"]) == (422, "idempotency_key_reused")
    assert not is_replay(again)
    assert campus.places(course) == {student.id: ("ENROLLED", None)}
    assert campus.events(other) == []


def test_key_belongs_to_its_student(campus: Campus) -> None:
    course = campus.course(capacity=2)
    first, second = campus.students(2)
    answers = first.register(course, "k"), second.register(course, "k")
    assert [(answer.status_code, is_replay(answer)) for answer in answers] == [(200, False), (200, False)]
    assert campus.counters(course) == (2, 0, 2)


def test_unknown_course_does_not_use_the_key_up(campus: Campus) -> None:
    student = campus.student()
    assert student.register(uuid4(), "k").status_code == 404
    assert student.register(campus.course(), "k").status_code == 200


@pytest.mark.parametrize("key", ["x" * 129, "", "caf\u00e9"])
def test_unusable_key_is_a_problem_or_works_but_never_breaks(campus: Campus, key: str) -> None:
    course, student = campus.course(), campus.student()
    headers = {"Authorization": f"Bearer {student.token}".encode(), "Idempotency-Key": key.encode("latin-1")}
    answer = requests.post(f"{campus.url}/courses/{course}/register", headers=headers, timeout=REQUEST_TIMEOUT_S)
    if len(key) in range(1, 129):
        assert answer.status_code == 200
    else:
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
        assert campus.places(course) == {}


def test_without_a_key_nothing_is_replayed(campus: Campus) -> None:
    course, student = campus.course(), campus.student()
    assert student.register(course).status_code == 200
    again = student.register(course)
    assert (again.status_code, is_replay(again)) == (409, False)
    assert [event.op_id for event in campus.events(course)] == [None]


def test_same_key_twice_at_once_has_one_effect(campus: Campus) -> None:
    for _ in range(TRIALS):
        course, student = campus.course(capacity=5), campus.student()
        answers = at_once(*[lambda: student.register(course, "k")] * 4)  # noqa: B023  # called before the next trial
        assert {(answer.status_code, answer.content) for answer in answers} == {(200, answers[0].content)}
        assert sum(not is_replay(answer) for answer in answers) == 1
        assert campus.places(course) == {student.id: ("ENROLLED", None)}
        assert campus.counters(course) == (1, 0, 1)


def test_same_key_on_two_courses_at_once_has_one_effect(campus: Campus) -> None:
    for _ in range(TRIALS):
        student, courses = campus.student(), (campus.course(), campus.course())
        answers = at_once(*(asking(student, course) for course in courses))
        assert sorted(answer.status_code for answer in answers) == [200, 422]
        assert [len(campus.places(course)) for course in courses].count(1) == 1
        assert [len(campus.events(course)) for course in courses].count(1) == 1


def asking(student: Student, course: UUID) -> Callable[[], requests.Response]:
    return lambda: student.register(course, "k")
