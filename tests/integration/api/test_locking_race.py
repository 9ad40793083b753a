from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import UUID

from tests.conftest import Lab
from tests.integration.api.conftest import Campus, Student

STUDENTS, CAPACITY, LIMIT = 50, 10, 5
# `none` oversells most courses; that it spares this many in a row does not happen.
COURSES_UNTIL_OVERSOLD = 30


def race(students: list[Student], course: UUID) -> list[dict[str, Any]]:
    barrier = Barrier(len(students))

    def register(student: Student) -> dict[str, Any]:
        barrier.wait()
        answer: dict[str, Any] = student.register(course).json()
        return answer

    with ThreadPoolExecutor(len(students)) as threads:
        return list(threads.map(register, students))


def test_row_lock_gives_exactly_the_places_there_are(campus: Campus) -> None:
    students = campus.students(STUDENTS)
    for _ in range(3):
        course = campus.course(CAPACITY, LIMIT)
        answers = race(students, course)
        places = campus.places(course)
        queue = sorted(position for _, position in places.values() if position is not None)
        assert queue == list(range(1, LIMIT + 1))
        assert len(places) == CAPACITY + LIMIT
        assert campus.counters(course) == (CAPACITY, LIMIT, CAPACITY + LIMIT)
        assert [event.version for event in campus.events(course)] == list(range(1, CAPACITY + LIMIT + 1))
        told = {
            student.id: (answer["status"], answer["reserve_position"])
            for student, answer in zip(students, answers, strict=True)
            if "code" not in answer
        }
        assert told == places
        assert {answer["code"] for answer in answers if "code" in answer} == {"course_full"}


def test_row_lock_keeps_the_queue_whole_while_some_drop_and_some_register(campus: Campus) -> None:
    students = campus.students(STUDENTS)
    course = campus.course(CAPACITY, STUDENTS)
    race(students[:30], course)
    with ThreadPoolExecutor(STUDENTS) as threads:
        dropped = [threads.submit(student.drop, course) for student in students[:15]]
        registered = [threads.submit(student.register, course) for student in students[30:]]
        assert {one.result().status_code for one in dropped + registered} == {200}
    places = campus.places(course)
    assert set(places) == {student.id for student in students[15:]}
    queue = sorted(position for _, position in places.values() if position is not None)
    assert queue == list(range(1, STUDENTS - 15 - CAPACITY + 1))
    assert campus.counters(course) == (CAPACITY, len(queue), STUDENTS + 15)


def test_without_locking_seats_are_oversold(lab: Lab) -> None:
    with lab.target(LOCKING="none") as url:
        campus = Campus(lab, url)
        students = campus.students(STUDENTS)
        for _ in range(COURSES_UNTIL_OVERSOLD):
            course = campus.course(CAPACITY, LIMIT)
            race(students, course)
            enrolled = [status for status, _ in campus.places(course).values()].count("ENROLLED")
            if enrolled > CAPACITY:
                return
    raise AssertionError(f"none sold no seat twice in {COURSES_UNTIL_OVERSOLD} courses")
