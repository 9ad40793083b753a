from datetime import timedelta
from uuid import uuid4

import pytest

from tests.integration.api.conftest import Campus


def test_seats_then_queue_then_refusal(campus: Campus) -> None:
    course = campus.course(capacity=2, reserve=2)
    students = campus.students(5)
    answers = [student.register(course) for student in students]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 409]
    told = [(answer.json()["status"], answer.json()["reserve_position"]) for answer in answers[:4]]
    assert told == [("ENROLLED", None), ("ENROLLED", None), ("RESERVED", 1), ("RESERVED", 2)]
    assert answers[4].json()["code"] == "course_full"
    assert campus.places(course) == dict(zip((student.id for student in students), told, strict=False))
    assert campus.counters(course) == (2, 2, 4)


def test_course_without_a_queue_refuses_when_its_seats_are_taken(campus: Campus) -> None:
    course = campus.course(capacity=1, reserve=0)
    first, second = campus.students(2)
    assert first.register(course).status_code == 200
    assert second.register(course).json()["code"] == "course_full"
    assert campus.counters(course) == (1, 0, 1)


@pytest.mark.parametrize("position", ["ENROLLED", "RESERVED"])
def test_second_registration_is_refused(campus: Campus, position: str) -> None:
    course = campus.course(capacity=1, reserve=1)
    student = campus.student()
    if position == "RESERVED":
        campus.student().register(course)
    assert student.register(course).json()["status"] == position
    again = student.register(course)
    assert (again.status_code, again.json()["code"]) == (409, "already_registered")
    assert len([event for event in campus.events(course) if event.student_id == student.id]) == 1


@pytest.mark.parametrize(
    ("opens", "closes"),
    [(timedelta(hours=1), timedelta(hours=2)), (timedelta(hours=-2), timedelta(hours=-1))],
    ids=["not yet open", "already closed"],
)
def test_register_outside_the_window_is_refused(campus: Campus, opens: timedelta, closes: timedelta) -> None:
    course = campus.course(semester=campus.semester(opens, closes))
    answer = campus.student().register(course)
    assert (answer.status_code, answer.json()["code"]) == (400, "registration_closed")
    assert campus.places(course) == {}
    assert campus.counters(course) == (0, 0, 0)


def test_register_for_an_unknown_course_is_not_found(campus: Campus) -> None:
    answer = campus.student().register(uuid4())
    assert (answer.status_code, answer.json()["code"]) == (404, "course_not_found")


def test_each_registration_is_one_event_with_the_next_version(campus: Campus) -> None:
    course = campus.course(capacity=1, reserve=1)
    first, second, third = campus.students(3)
    for student in (first, second, third):
        student.register(course)
    told = [(event.version, event.student_id, event.action, event.status) for event in campus.events(course)]
    assert told == [(1, first.id, "register", "ENROLLED"), (2, second.id, "register", "RESERVED")]
    assert not any(event.seeded for event in campus.events(course))


def test_dropped_place_can_be_taken_again(campus: Campus) -> None:
    course = campus.course(capacity=1, reserve=0)
    student = campus.student()
    student.register(course)
    student.drop(course)
    assert student.register(course).json()["status"] == "ENROLLED"
    assert [event.action for event in campus.events(course)] == ["register", "drop", "register"]
